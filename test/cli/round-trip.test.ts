import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { unseenProblem } from '../../src/accounts/unseen-characters.ts';
import { parseResources } from '../../src/manifests/parse-resources.ts';
import { formatResources, resourceDocument } from '../../src/manifests/resource-text.ts';
import { transact } from '../../src/operations/changes/transact.ts';
import { Reader } from '../../src/operations/reader.ts';
import { collectResources } from '../../src/operations/select-resources.ts';
import { PathMatch } from '../../src/routes/path-match-schema.ts';
import { unmatchablePath } from '../../src/routes/unmatchable-path.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import type { Store } from '../../src/store/port.ts';
import { inFolder, NOW } from '../support/command-line.ts';
import { accessAt } from '../support/machine-principal.ts';
import { planApply } from '../support/plan-apply.ts';

/** Ids that YAML could read as something else are among them. */
const id = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,10}[A-Za-z0-9])?$/),
  fc.constantFrom('true', 'null', '123', '1e3', '0x1F', '0o7', 'no', '2027-01-01', '12.5'),
);
/** Any text, and such as YAML writes in another way. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        '',
        ' ',
        '  a',
        'b ',
        '# c',
        '- d',
        'e: f',
        '\t',
        '---',
        '...',
        '"',
        "'",
        '|',
        '\\',
        '\u0085',
        '\u2028',
      ),
      { maxLength: 6 },
    )
    .map((lines) => lines.join('\n')),
  fc.constantFrom(
    '~',
    '- x',
    '{a}',
    '[b',
    '*c',
    '&d',
    '!e',
    '%f',
    '@g',
    '`h',
    'k: v',
    'a #b',
    ' ',
    '\ud800',
    '\u{1f600}',
    '\ufeff',
    '\x9b',
    'a\r\nb',
  ),
);
const userId = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.constantFrom('alice@example.com', ' ', '#', '1', 'null'),
  )
  .filter((name) => /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,256}$/u.test(name) && unseenProblem(name) === undefined);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const upTo = <T>(value: fc.Arbitrary<T>, maxLength = 3) => fc.array(value, { maxLength });

const ppl = fc.oneof(
  fc.constantFrom<unknown>(
    { allow: { or: [{ user: { is: 'robot' } }, { accept: true }] } },
    [],
    [
      { deny: { nor: [{ http_path: { starts_with: '/é' } }] } },
      { allow: { and: [{ groups: { has: '#1' } }] } },
    ],
    '# Only for a while: see "the plan"\nallow:\n  or:\n    # them\n    - user: robot   # and nobody else\n\n\n',
    '\n  # first line empty\n\n- allow:\n    and:\n    - http_method: GET\n    - user: |\n        two\n        lines',
    '{"allow":{"or":[{"accept":true}]}}',
    "allow: {or: [{user: 'a\u00e4\u{1f600}'}]} # \ttab\n",
  ),
  text.map((value) => ({ allow: { or: [{ user: { is: value } }] } })),
  text
    .filter((value) => !/[^\x20-\x7e]/.test(value))
    .map((value) => `# ${value}\nallow:\n  or:\n    - accept: true\n`),
);
const path = fc
  .oneof(
    fc.webPath().map((tail) => ({ prefix: `/${tail}` })),
    text.map((tail) => ({ exact: `/${tail}` })),
    fc.constantFrom('^/a\\d+/[^#]*: x$', '(?i)/ä|"b\'', '/\\p{L}{1,3}', '', '.*').map((regex) => ({ regex })),
  )
  .filter((one) => {
    const parsed = PathMatch.safeParse(one).data;
    return parsed !== undefined && unmatchablePath(parsed, {}) === undefined;
  });

const resources = fc.gen().map((some) => {
  const unique = <T extends { id: string }>(list: T[]): T[] => [
    ...new Map(list.map((one) => [one.id, one])).values(),
  ];
  const namespaces = unique(some(() => upTo(id, 4)).map((one) => ({ id: one }))).filter(
    (one) => one.id !== 'global',
  );
  const placed = ['global', ...namespaces.map((one) => one.id)];
  const among = () => some(() => fc.constantFrom(...placed));
  const policies = unique(
    some(() => upTo(id)).map((one) => ({
      kind: 'Policy',
      id: one,
      namespace: 'global',
      name: some(() => optional(text)),
      description: some(() => optional(text)),
      enforced: some(() => optional(fc.boolean())),
      mode: some(() => optional(fc.constantFrom('enforce', 'shadow'))),
      explanation: some(() => optional(text)),
      ppl: some(() => ppl),
    })),
  );
  const named = () =>
    some(() =>
      policies.length === 0
        ? fc.constant<string[]>([])
        : fc.uniqueArray(fc.constantFrom(...policies.map((one) => one.id)), { maxLength: 2 }),
    );
  const users = unique(some(() => upTo(userId)).map((one) => ({ id: one }))).map((one, index) => ({
    kind: 'DirectoryUser',
    ...one,
    user_name: some(() => optional(fc.constant(`name-${index}@corp.example`))),
    name: some(() => optional(text)),
    email: some(() => optional(text)),
    groups: some(() => optional(upTo(userId))),
    claims: some(() =>
      optional(
        fc.dictionary(
          text,
          upTo(
            fc.oneof(text, fc.boolean(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
          ),
          { maxKeys: 3 },
        ),
      ),
    ),
  }));
  const isUser = new Set(users.map((one) => one.id));
  const ownIds = [...new Set(some(() => upTo(userId)))].filter((one) => !isUser.has(one));
  return [
    ...namespaces.map((one, index) => {
      const parent = some(() => fc.constantFrom(...placed.slice(0, index + 1)));
      // A namespace has its hosts from the one above, which may have none.
      const hosts = parent === 'global' ? [[], [`h${index}.example.com`]] : [[]];
      return {
        kind: 'Namespace',
        ...one,
        parent,
        name: some(() => optional(text)),
        hosts: some(() => optional(fc.constantFrom(...hosts))),
        default_policies: named(),
        enforcement: some(() => optional(fc.constantFrom('enforce', 'observe'))),
      };
    }),
    ...unique(
      some(() => upTo(userId)).map((one) => ({
        kind: 'DirectoryGroup',
        id: one,
        name: some(() => optional(text)),
      })),
    ),
    ...users,
    ...policies,
    ...unique(
      some(() => upTo(id)).map((one) => ({
        kind: 'Route',
        id: one,
        namespace: among(),
        hosts: some(() => optional(fc.constant(['*']))),
        path: some(() => optional(path)),
        policies: named(),
        encoded_slash: some(() => optional(fc.constantFrom('refuse', 'keep'))),
      })),
    ),
    ...ownIds.map((one, index) => ({
      kind: 'ServiceAccount',
      id: `account-${index}`,
      namespace: among(),
      user_id: one,
      description: some(() => optional(text)),
      expires_at: some(() =>
        optional(
          fc
            .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
            .map((time) => time.toISOString()),
        ),
      ),
      disabled: some(() => optional(fc.boolean())),
      pomerium: some(() => optional(fc.boolean())),
    })),
    ...users.map((one, index) => ({
      kind: 'ServiceAccount',
      id: `for-${index}`,
      namespace: among(),
      impersonate: one.id,
    })),
  ].map((one) => JSON.stringify({ apiVersion: 'sallyport/v1alpha1', ...one }));
});

async function applyText(store: Store, text: string): Promise<string[]> {
  const parsed = parseResources([{ file: '-', text: Buffer.from(text).toString() }]);
  const { result } = await transact(store, accessAt(NOW), (reader, grants) =>
    planApply(parsed, { reader, grants, now: NOW }),
  );
  return result.filter(({ action }) => action !== 'unchanged').map(({ kind, id }) => `${kind} ${id}`);
}

async function exportText(store: Store): Promise<string> {
  return formatResources((await collectResources(new Reader(store))).map(resourceDocument));
}

async function inStore<T>(use: (store: Store) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  await inFolder(async ({ folder }) => {
    const store = await openEmbeddedStore({ path: folder });
    try {
      result = { value: await use(store) };
    } finally {
      await store.close();
    }
  });
  if (!result) throw new Error('the store was not used');
  return result.value;
}

describe('apply, export, apply', () => {
  test('gives no change, and the same resources in an empty store', async () => {
    let applied = 0;
    await fc.assert(
      fc.asyncProperty(resources, async (documents) => {
        const text = documents.join('\n---\n');
        await inStore(async (store) => {
          try {
            await applyText(store, text);
          } catch {
            // Two routes with the same path, say: not what is tested here.
            return;
          }
          applied += 1;
          const exported = await exportText(store);
          assert.deepEqual(await applyText(store, exported), []);
          await inStore(async (empty) => {
            await applyText(empty, exported);
            assert.equal(await exportText(empty), exported);
          });
        });
      }),
      { numRuns: 80 },
    );
    assert.ok(applied > 40, `only ${applied} of 80 sets of resources could be applied`);
  });
});
