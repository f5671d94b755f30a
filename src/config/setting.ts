import { z } from 'zod';

/** What the documentation says of a setting, beside its default. */
export interface SettingDoc {
  /** What may be written, in a word or two. */
  readonly type: string;
  /** One or two sentences for the person who sets it. */
  readonly meaning: string;
  /** In words, if the default is not a plain value of the schema. */
  readonly fallback?: string;
  /** Whether a variable's or a flag's text is the value as it stands, or YAML. */
  readonly reads?: 'text' | 'yaml';
}

const docs = z.registry<SettingDoc>();

/** A setting that people can write: its schema, with what the documentation says of it. */
export function setting<S extends z.ZodType>(doc: SettingDoc, schema: S): S {
  docs.add(schema, doc);
  return schema;
}

/** The documentation of a setting; undefined for a section. */
export function docOf(schema: z.core.$ZodType): SettingDoc | undefined {
  return docs.get(schema);
}

/** Text of bounded length without control characters. */
export function text(expected: string, pattern = /^\P{Cc}+$/u, max = 4096) {
  const error = `expected ${expected}`;
  return z.string({ error }).max(max, { error, abort: true }).regex(pattern, { error });
}

/** Text that `parse` understands. It returns undefined for any other. */
export function parsedText<T>(error: string, parse: (text: string) => T | undefined) {
  return z.string({ error }).transform((written, context) => {
    const parsed = parse(written);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
}

export function path() {
  return text('the path of a file');
}

/** A name that is compared and sent in tokens and headers. */
export function visibleText(expected: string) {
  return text(`${expected}: 1 to 512 visible ASCII characters`, /^[\x21-\x7e]+$/, 512);
}

export function choice<const T extends readonly [string, ...string[]]>(...options: T) {
  return z.enum(options, { error: `expected one of ${options.join(', ')}` });
}

export function wholeNumber(min: number, max: number) {
  const error = `expected a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** The setting of a whole number. */
export function numberSetting(meaning: string, [min, max]: readonly [number, number], preset: number) {
  return setting({ type: 'number', meaning, reads: 'yaml' }, wholeNumber(min, max).prefault(preset));
}

/** The setting of a file that may be absent. */
export function optionalPath(meaning: string) {
  return setting({ type: 'path', meaning }, path().optional());
}

export function yesOrNo() {
  return z.boolean({ error: 'expected true or false' });
}

export type SettingsMap = Record<string, unknown>;

export function isSettingsMap(value: unknown): value is SettingsMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** For settings that accept `off`: Helm drops `null`, and writes an unquoted `off` as `false`. */
export function refuseUnquotedOff(value: unknown, context: z.core.$RefinementCtx): unknown {
  if (value !== null && value !== false) return value;
  context.addIssue({
    code: 'custom',
    message:
      'expected a value, or "off" in quotes to turn it off: YAML 1.1, and so Helm, reads an unquoted off as false',
  });
  return z.NEVER;
}
