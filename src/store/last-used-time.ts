/** 9999-12-31T23:59:59.999Z: RFC 3339 has no later year, and a Date ends some time after. */
const LATEST = 253_402_300_799_999;

/**
 * When a credential was used, as it was stored: milliseconds since the epoch, clamped to what a date can say. Sidecars write
 * these times, and nothing that one of them writes may keep an operator from reading the others. Undefined for what is no
 * time, and for the 0 of one that was never used.
 */
export function readUseTime(text: string): number | undefined {
  const time = text === 'inf' ? LATEST : Math.trunc(Number(text));
  return time > 0 ? Math.min(time, LATEST) : undefined;
}
