import { z } from 'zod';
import { type ResourceFile, YAML_RULES } from '../manifests/parse-resources.ts';
import { PolicyCase } from '../policy/policy-case.ts';
import type { NamedCase } from '../policy/run-policy-cases.ts';
import { readYaml } from '../text/read-yaml.ts';
import { formatSteps, mistakesOf } from '../text/schema-mistakes.ts';
import { offsetAt, plainValue } from '../text/source-node.ts';
import { TextLines } from '../text/text-lines.ts';

/** A file of cases that can't be read; the message says everything that is wrong with it. */
export class CaseFileError extends Error {
  override readonly name = 'CaseFileError';
}

/** A case as it is written. */
interface WrittenCase {
  readonly value: unknown;
  /** `cases.yaml:3:5`: where a part of it is. */
  readonly locate: (path: readonly PropertyKey[]) => string;
}

/** Reads JSONL, or YAML (and so JSON): a list of cases, or one a document. Throws `CaseFileError`. */
export function readPolicyCases({ file, text }: ResourceFile): NamedCase[] {
  const problems: string[] = [];
  const written = readJsonLines(file, text, problems) ?? readYamlCases(file, text, problems);
  const cases = written.map(({ value, locate }, index) => {
    const read = PolicyCase.safeParse(value);
    if (read.success) return { ...read.data, id: read.data.id ?? index + 1 };
    for (const { path, message } of mistakesOf(read.error))
      problems.push(
        `${locate(path)}: case ${nameOf(value, index)}: ${path.length > 0 ? `${formatSteps(path)}: ` : ''}${message}`,
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
function readJsonLines(file: string, text: string, problems: string[]): WrittenCase[] | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const isNamedSo = /\.(?:jsonl|ndjson)$/.test(file);
  const first = lines.find((line) => line !== '') ?? '';
  if (!isNamedSo && !isObject(first)) return undefined;
  return lines.flatMap((line, index) => {
    const place = `${file}:${index + 1}`;
    if (line === '') return [];
    try {
      return [{ value: JSON.parse(line) as unknown, locate: () => place }];
    } catch (error) {
      problems.push(`${place}: ${error instanceof Error ? error.message : 'not JSON'}`);
      return [];
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

function readYamlCases(file: string, text: string, problems: string[]): WrittenCase[] {
  const lines = new TextLines(text);
  const placeOf = (offset = 0) => {
    const { line, column } = lines.at(offset);
    return `${file}:${line}:${column}`;
  };
  const written: WrittenCase[] = [];
  const documents = readYaml(text, YAML_RULES, ({ path, offset }, message) =>
    problems.push(`${placeOf(offset)}: ${path === '' ? '' : `${path}: `}${message}`),
  );
  for (const { root, isBroken, isEmpty } of documents) {
    if (!root || isBroken || isEmpty) continue;
    for (const node of root.kind === 'list' ? root.items : [root])
      written.push({
        value: plainValue(node),
        locate: (path) => placeOf(offsetAt(node, path)),
      });
  }
  return written;
}
