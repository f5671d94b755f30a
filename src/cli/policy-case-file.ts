import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { ResourceFile } from '../manifests/parse-resources.ts';
import type { NamedCase } from '../policy/judge-policy-cases.ts';
import { PolicyCase } from '../policy/policy-case.ts';
import { tokenizeYaml } from '../policy/tokenize-yaml.ts';

const MAX_CHARACTERS = 64 * 1024 * 1024;
const MAX_DEPTH = 64;

/** A file of cases that can't be read; the message says everything that is wrong with it. */
export class CaseFileError extends Error {
  override readonly name = 'CaseFileError';
}

/** Reads JSONL, or YAML (and so JSON): a list of cases, or one a document. Throws `CaseFileError`. */
export function readPolicyCases({ file, text }: ResourceFile): NamedCase[] {
  if (text.length > MAX_CHARACTERS)
    throw new CaseFileError(`${file}: expected at most ${MAX_CHARACTERS} characters`);
  const values = readJsonLines(file, text) ?? readYaml(file, text);
  const problems: string[] = [];
  const cases = values.map((value, index) => {
    const read = PolicyCase.safeParse(value);
    if (read.success) return { ...read.data, id: read.data.id ?? index + 1 };
    for (const { path, message } of read.error.issues)
      problems.push(
        `${file}: case ${nameOf(value, index)}: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`,
      );
    return undefined;
  });
  if (problems.length > 0) throw new CaseFileError(problems.join('\n'));
  return cases.filter((each) => each !== undefined);
}

const Named = z.looseObject({ id: z.union([z.string(), z.number()]) });

function nameOf(value: unknown, index: number): string {
  const named = Named.safeParse(value);
  return named.success ? String(named.data.id) : `number ${index + 1}`;
}

/** Undefined where the text is not a JSON value a line. */
function readJsonLines(file: string, text: string): unknown[] | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const isNamedSo = /\.(?:jsonl|ndjson)$/.test(file);
  const first = lines.find((line) => line !== '') ?? '';
  if (!isNamedSo && !isObject(first)) return undefined;
  return lines.flatMap((line, index) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch (error) {
      throw new CaseFileError(`${file}:${index + 1}: ${error instanceof Error ? error.message : 'not JSON'}`);
    }
  });
}

function isObject(line: string): boolean {
  if (!line.startsWith('{')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function readYaml(file: string, text: string): unknown[] {
  // Before it is composed, which recurses.
  if (tokenizeYaml(text, MAX_DEPTH) === undefined)
    throw new CaseFileError(`${file}: expected at most ${MAX_DEPTH} levels of nesting`);
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0)
    throw new CaseFileError(errors.map(({ message }) => `${file}: ${message}`).join('\n'));
  return documents.flatMap((document) => {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return Array.isArray(value) ? (value as unknown[]) : [value];
  });
}
