// Filled by the policy engine: the closed list of reasons that PPL gives.
export type PolicyReason = string;
