import type { IdentitySettings } from '../../src/envoy/claim-headers.ts';

/** As configured by default. */
export const IDENTITY: IdentitySettings = {
  claimHeaders: [],
  filterGroups: (groups) => groups,
  maxHeaderBytes: 8192,
};
