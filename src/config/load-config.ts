import { existsSync } from 'node:fs';
import { dirname, relative, resolve as resolvePath } from 'node:path';
import { z } from 'zod';
import { readTextFile } from '../files/read-bounded-file.ts';
import { configureStore } from '../store/drivers.ts';
import { formatSteps, mistakesOf } from '../text/schema-mistakes.ts';
import { buildConfig, type Config } from './config.ts';
import { ConfigError, type ConfigMistake } from './config-error.ts';
import { crossCheck, type ServingVerb } from './cross-checks.ts';
import { explainUnknownKey } from './explain-unknown-key.ts';
import { type Override, readEnvironment, readOverride } from './override.ts';
import { checkReferencedFiles, readSharedSecret } from './referenced-files.ts';
import { SECTIONS, type Settings } from './schema.ts';
import { isSettingsMap, type SettingsMap } from './setting.ts';
import type { Report, SettingFiles } from './setting-files.ts';
import type { SettingPath } from './setting-path.ts';
import { findOverride, layOverrides, valueAt } from './settings-tree.ts';
import { readYamlText } from './yaml-text.ts';

const DEFAULT_FILE = 'sallyport.yaml';
const MAX_FILE = 256 * 1024;

export interface ConfigSources {
  /** `--config`; else the variable `SALLYPORT_CONFIG`, else `sallyport.yaml` if it exists, else defaults. */
  readonly file?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** Settings by their key, as `--set store.max_staleness=10s` gives them. */
  readonly flags?: Readonly<Record<string, string>>;
  /** The folder of relative paths in variables and flags; those in the file are relative to the file. */
  readonly cwd?: string;
  /** The process to configure; some settings are mistakes for a process that does not use them. */
  readonly verb?: ServingVerb | undefined;
}

/** The whole configuration: flags over variables over the file over defaults. Throws `ConfigError` with every mistake. */
export function loadConfig({
  file,
  env = process.env,
  flags = {},
  cwd = process.cwd(),
  verb,
}: ConfigSources = {}): Config {
  const mistakes: ConfigMistake[] = [];
  const fileSettings = readFile(findFile(file, env, cwd), cwd, mistakes);
  const overrides = [
    ...readEnvironment(env, (mistake) => mistakes.push(mistake)),
    ...readFlags(flags, (mistake) => mistakes.push(mistake)),
  ];
  // Checks without the file would only report false mistakes.
  if (fileSettings.unreadable) throw new ConfigError(mistakes);

  const root = layOverrides(fileSettings.value, overrides);
  const locate = (path: SettingPath) => {
    const source = findOverride(overrides, path)?.source;
    return (
      source ??
      (valueAt(root, path.slice(0, 1)) === undefined && path.length > 0
        ? 'default'
        : fileSettings.locate(path))
    );
  };
  const report: Report = (path, message) =>
    mistakes.push({ path: formatSteps(path), message, source: locate(path) });
  const files: SettingFiles = {
    resolve: (path, name) => resolvePath(findOverride(overrides, path) ? cwd : fileSettings.folder, name),
    report,
  };

  const settings = parseSections(root, report);
  crossCheck(settings, { verb, isWritten: (path) => valueAt(root, path) !== undefined }, report);
  checkReferencedFiles(settings, files);
  const pomeriumSecret = readSharedSecret(settings.pomerium ?? {}, files);
  const store = configureStore(settings.store ?? {}, files);
  if (mistakes.length > 0 || !isComplete(settings)) throw new ConfigError(mistakes);
  return buildConfig(settings, { file: fileSettings.file, pomeriumSecret, store, resolve: files.resolve });
}

interface FileSettings {
  readonly file: string | undefined;
  readonly folder: string;
  readonly value: unknown;
  readonly unreadable: boolean;
  locate(path: SettingPath): string;
}

function findFile(file: string | undefined, env: NodeJS.ProcessEnv, cwd: string): string | undefined {
  const named = file ?? env.SALLYPORT_CONFIG;
  if (named !== undefined) return resolvePath(cwd, named);
  const usual = resolvePath(cwd, DEFAULT_FILE);
  return existsSync(usual) ? usual : undefined;
}

function readFile(file: string | undefined, cwd: string, mistakes: ConfigMistake[]): FileSettings {
  if (file === undefined)
    return { file, folder: cwd, value: undefined, unreadable: false, locate: () => 'default' };
  const nearby = relative(cwd, file);
  const label = nearby.startsWith('..') ? file : nearby;
  const unreadable = { file, folder: dirname(file), value: undefined, unreadable: true, locate: () => label };
  const text = readTextFile(file, MAX_FILE);
  if (typeof text !== 'string') {
    mistakes.push({ path: '', message: `expected a configuration file: ${text.problem}`, source: label });
    return unreadable;
  }
  const yaml = readYamlText(text);
  for (const { message, position } of yaml.problems)
    mistakes.push({ path: '', message, source: `${label}:${position}` });
  if (yaml.problems.length > 0) return unreadable;
  return {
    ...unreadable,
    value: yaml.value,
    unreadable: false,
    locate: (path) => `${label}:${yaml.locate(path)}`,
  };
}

function readFlags(
  flags: Readonly<Record<string, string>>,
  report: (mistake: ConfigMistake) => void,
): Override[] {
  return Object.entries(flags).flatMap(([key, text]) => {
    const source = `--set ${key}`;
    const override = readOverride(key, text, source);
    if (override === undefined) report({ path: key, message: explainUnknownKey(key.split('.')), source });
    else if ('problem' in override) report({ path: key, message: override.problem, source });
    else return [override];
    return [];
  });
}

/** Parses each section by itself, so that a mistake in one hides none in another. */
export function parseSections(root: unknown, report: Report): Partial<Settings> {
  if (!isSettingsMap(root)) {
    report([], 'expected a map of settings');
    return {};
  }
  for (const key of Object.keys(root)) {
    if (!Object.hasOwn(SECTIONS, key)) report([key], explainUnknownKey([key]));
  }
  const settings: SettingsMap = {};
  for (const [key, schema] of Object.entries(SECTIONS)) {
    const value = Object.hasOwn(root, key) ? root[key] : undefinedOrEmpty(schema);
    const result = schema.safeParse(value);
    if (result.success) settings[key] = result.data;
    else {
      for (const { path, message, isUnknownKey } of mistakesOf(result.error)) {
        const place = [key, ...path.filter((step) => typeof step !== 'symbol')];
        report(place, isUnknownKey ? explainUnknownKey(place) : message);
      }
    }
  }
  // Each value comes from the schema of its name, from which Settings is inferred.
  return settings as Partial<Settings>;
}

/** An absent section counts as one without keys. */
function undefinedOrEmpty(schema: z.core.$ZodType): unknown {
  return schema instanceof z.ZodObject ? {} : undefined;
}

export function isComplete(settings: Partial<Settings>): settings is Settings {
  return Object.keys(SECTIONS).every((key) => Object.hasOwn(settings, key));
}
