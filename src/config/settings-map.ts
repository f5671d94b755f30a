export type SettingsMap = Record<string, unknown>;

export function isSettingsMap(value: unknown): value is SettingsMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
