import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { PolicyCase, policyCaseInput } from '../../src/policy/policy-case.ts';
import { PolicyCaseSpec } from '../../src/policy/policy-case-schema.ts';
import type { PolicyInput } from '../../src/policy/policy-input.ts';

/** A decision made by Pomerium: a case whose document is text and whose reasons are said. */
export interface Vector extends PolicyCase {
  readonly id: number;
  readonly ppl: string;
  readonly expect: Exclude<PolicyCase['expect'], string>;
}

/** A decision of Pomerium's that we make otherwise; docs/decisions/0004. */
const Deviation = z.strictObject({
  file: z.string(),
  id: z.number(),
  kind: z.number(),
  pomerium: PolicyCaseSpec.shape.expect,
  expect: PolicyCaseSpec.shape.expect,
});

export const deviations = readLines('deviations.jsonl').map((line) => Deviation.parse(line));

/** As Pomerium decided, and as we do where we deviate. */
export const vectors: readonly Vector[] = readVectors('vectors.jsonl');

/** Likewise, with `mcp_tool`, `device` and `ssh_*`. */
export const moreVectors: readonly Vector[] = readVectors('vectors-2.jsonl');

/** The first file as the text of cases that we pass. */
export const vectorText = readDeviating('vectors.jsonl')
  .map((line) => JSON.stringify(line))
  .join('\n');

function readVectors(file: string): Vector[] {
  return readDeviating(file).map((line) => {
    const given = PolicyCase.parse(line);
    const { id, ppl, expect } = given;
    assert.ok(typeof id === 'number' && typeof ppl === 'string' && typeof expect !== 'string');
    return { ...given, id, ppl, expect };
  });
}

function readDeviating(file: string): Record<string, unknown>[] {
  return readLines(file).map((line) => {
    const deviation = deviations.find((each) => each.file === file && each.id === line.id);
    if (deviation === undefined) return line;
    assert.deepEqual(line.expect, deviation.pomerium);
    return { ...line, expect: deviation.expect };
  });
}

function readLines(file: string): Record<string, unknown>[] {
  const lines = readFileSync(new URL(`../policy/${file}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
}

/** A vector's request as policies see it. */
export function vectorInput(vector: Vector): PolicyInput {
  return policyCaseInput(vector);
}
