/** MiB that the control plane may take; docs/operate.md states them. */
export const CONTROL_PLANE_MEMORY = {
  /** Resident, of its process and of those that it starts, together. */
  resident: 640,
  /** Of its JavaScript heap. */
  heap: 320,
} as const;
