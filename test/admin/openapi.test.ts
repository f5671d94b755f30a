// The OpenAPI document as its tools read it: Redocly's and Spectral's recommended rules, and a generated client.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { describeOpenApi } from '../../src/admin/openapi.ts';
import { OPERATIONS } from '../../src/contract/contract.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { installTools, toolPath } from '../support/install-tools.ts';

const execute = promisify(execFile);
const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const NODE_TYPES = fileURLToPath(new URL('../../node_modules/@types', import.meta.url));

const Any = z.record(z.string(), z.unknown());
const Content = z.object({ example: z.unknown() });
const Described = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        requestBody: z.looseObject({ content: z.record(z.string(), Content) }).optional(),
        responses: z.record(z.string(), z.looseObject({ content: z.record(z.string(), Content).optional() })),
      }),
    ),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), Any) }),
});

const document = describeOpenApi(OPERATIONS, '1.2.3');
const described = Described.parse(document);
const folder = mkdtempSync(join(tmpdir(), 'sallyport-openapi-'));
const file = join(folder, 'openapi.json');
before(async () => {
  writeFileSync(file, JSON.stringify(document));
  await installTools(['openapi-checks']);
});
after(() => rmSync(folder, { recursive: true }));

function* operations(): Generator<[id: string, operation: Operation]> {
  for (const [group, named] of Object.entries(OPERATIONS))
    for (const [name, operation] of Object.entries<Operation>(named))
      if (!operation.local) yield [`${group}.${name}`, operation];
}

function describedOperation(id: string) {
  const found = Object.values(described.paths)
    .flatMap((methods) => Object.values(methods))
    .find(({ operationId }) => operationId === id);
  assert.ok(found, `${id} is not described`);
  return found;
}

describe('the OpenAPI document', () => {
  test("passes Redocly's recommended rules", async () => {
    const redocly = join(toolPath('openapi-checks'), 'node_modules/@redocly/cli/bin/cli.js');
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const args = [redocly, 'lint', '--extends=recommended', '--format=json', '--max-problems=1000', file];
    // It ends with 1 if there are errors; what it found is on its standard output either way.
    const { stdout } = await execute(process.execPath, args, { env, cwd: folder }).catch((error) => error);
    const { totals, problems } = z
      .object({ totals: z.object({ errors: z.int(), warnings: z.int() }), problems: z.array(z.unknown()) })
      .parse(JSON.parse(String(stdout)));
    assert.deepEqual([totals.errors, totals.warnings], [0, 0], JSON.stringify(problems.slice(0, 5), null, 1));
  });

  test("passes Spectral's recommended rules, which find a mistake", async () => {
    const program = `
      import core from '@stoplight/spectral-core';
      import rulesets from '@stoplight/spectral-rulesets';
      import { readFileSync } from 'node:fs';
      const spectral = new core.Spectral();
      spectral.setRuleset({ extends: [[rulesets.oas, 'recommended']] });
      const document = JSON.parse(readFileSync(${JSON.stringify(file)}, 'utf8'));
      const found = await spectral.run(document);
      delete document.tags;
      console.log(JSON.stringify([found, await spectral.run(document)]));
    `;
    const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', program], {
      cwd: toolPath('openapi-checks'),
      maxBuffer: 64 * 1024 * 1024,
    });
    const [found = [], withoutTags = []] = z.array(z.array(z.unknown())).parse(JSON.parse(stdout));
    assert.deepEqual(found, []);
    assert.ok(withoutTags.length > 0);
  });

  test('describes every operation with examples that its own schemas accept', () => {
    for (const [id, operation] of operations()) {
      const { requestBody, responses } = describedOperation(id);
      if (operation.body)
        assertAccepted(`${id} body`, operation.body, requestBody?.content['application/json']);
      const answer = responses[String(operation.status ?? 200)]?.content?.['application/json'];
      assertAccepted(`${id} answer`, operation.response, answer);
    }
  });

  test('describes every schema, property, parameter and answer', () => {
    const undescribed: string[] = [];
    const visit = (value: unknown, path: string) => {
      if (Array.isArray(value)) for (const [index, each] of value.entries()) visit(each, `${path}.${index}`);
      const read = Any.safeParse(value);
      if (!read.success || Array.isArray(value)) return;
      for (const [key, each] of Object.entries(read.data)) {
        if (key === 'example' || key === 'examples' || key === 'enum' || key === 'required') continue;
        if (key === 'properties' || key === 'responses')
          for (const [name, part] of Object.entries(Any.parse(each))) {
            const { description, $ref } = Any.parse(part);
            if (typeof description !== 'string' && $ref === undefined) undescribed.push(`${path}.${name}`);
          }
        if (key === 'parameters' && Array.isArray(each))
          for (const part of each) {
            const { description, $ref, name } = Any.parse(part);
            if (typeof description !== 'string' && $ref === undefined)
              undescribed.push(`${path}?${String(name)}`);
          }
        visit(each, `${path}.${key}`);
      }
    };
    visit(document, '');
    for (const [name, schema] of Object.entries(described.components.schemas))
      if (typeof schema.description !== 'string' && !name.startsWith('Ppl')) undescribed.push(name);
    assert.deepEqual(undescribed, []);
  });

  test('names what an operation refuses, and nothing else', () => {
    const refusals = (id: string) =>
      Object.keys(describedOperation(id).responses).filter((status) => Number(status) >= 400);
    const common = ['400', '401', '403', '429', '500', '503'];
    assert.deepEqual(refusals('self.whoami'), common);
    assert.deepEqual(refusals('policies.get'), ['400', '401', '403', '404', '429', '500', '503']);
    assert.deepEqual(refusals('policies.put'), [
      ...['400', '401', '403', '404', '409', '412', '413', '415', '422', '428', '429', '500', '503'],
    ]);
    assert.ok(!refusals('decisions.explain').includes('409'));
  });

  test('has what an answer always has as required, and lets a request leave out what has a default', () => {
    const { Policy, PolicyInput } = described.components.schemas;
    assert.deepEqual(PolicyInput?.required, ['id', 'namespace', 'ppl']);
    assert.ok(Array.isArray(Policy?.required) && Policy.required.includes('mode'));
  });

  test('generates a client that type-checks', async () => {
    const generator = join(toolPath('openapi-checks'), 'node_modules/openapi-typescript/bin/cli.js');
    await execute(
      process.execPath,
      [generator, file, '--default-non-nullable', 'false', '-o', join(folder, 'admin-api.ts')],
      { cwd: folder },
    );
    writeFileSync(join(folder, 'client.ts'), CLIENT);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    symlinkSync(NODE_TYPES, join(folder, 'types'));
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--allowImportingTsExtensions'];
    const modules = ['--module', 'nodenext', '--target', 'es2023', '--typeRoots', 'types', '--types', 'node'];
    const { stdout } = await execute(process.execPath, [TSC, ...options, ...modules, 'client.ts'], {
      cwd: folder,
    }).catch((error) => error);
    assert.equal(stdout, '');
  });
});

/** What a user would write with the generated types; each mistake is one. */
const CLIENT = `
import type { components, paths } from './admin-api.ts';

type List = paths['/service-accounts']['get'];
type Put = paths['/policies/{id}']['put'];

export async function newest(server: string, token: string): Promise<components['schemas']['ServiceAccount'][]> {
  const query: Pick<NonNullable<List['parameters']['query']>, 'sort' | 'order' | 'status'> = {
    sort: 'created_at',
    order: 'desc',
    status: 'active',
  };
  // @ts-expect-error: there is no such field
  query.sort = 'colour';
  const response = await fetch(\`\${server}/api/v1/service-accounts?\${new URLSearchParams(query)}\`, {
    headers: { authorization: \`Bearer \${token}\` },
  });
  if (!response.ok) {
    const problem = (await response.json()) as components['schemas']['Problem'];
    // @ts-expect-error: a code that no answer has
    if (problem.code === 'teapot') return [];
    throw new Error(problem.code === 'forbidden' ? 'a role is missing' : problem.detail);
  }
  const page = (await response.json()) as List['responses'][200]['content']['application/json'];
  const total: number | null = page.total;
  const created: string = page.items[0]?.created_at ?? String(total);
  // @ts-expect-error: text is no number
  const wrong: number = created;
  return [...page.items, ...(wrong ? [] : [])];
}

export function put(server: string, tag: string): Promise<Response> {
  const body: Put['requestBody']['content']['application/json'] = {
    id: 'readers',
    namespace: 'shop',
    ppl: { allow: { and: [{ user: 'report' }] } },
  };
  // @ts-expect-error: a policy has a namespace
  const incomplete: typeof body = { id: 'readers', ppl: 'allow: { and: [] }' };
  const headers: NonNullable<Put['parameters']['header']> = { 'If-Match': tag };
  return fetch(\`\${server}/api/v1/policies/\${incomplete.id}\`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
`;

function assertAccepted(what: string, schema: z.ZodType, content: { example: unknown } | undefined): void {
  assert.ok(content && content.example !== undefined, `${what} has no example`);
  const parsed = schema.safeParse(content.example);
  assert.ok(parsed.success, `${what}: ${parsed.error?.message}\n${JSON.stringify(content.example)}`);
}
