import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { DirectoryUser } from '../../src/accounts/directory-schema.ts';
import { MAX_NAMESPACE_DEPTH } from '../../src/accounts/namespace-tree.ts';
import { ResourceError } from '../../src/manifests/resource.ts';
import { createClientCertificateReader } from '../../src/policy/client-certificate-reader.ts';
import {
  LONGEST_EVALUATED_PATH,
  LONGEST_METHOD,
  MAX_CERTIFICATE_NAMES,
  MAX_POLICY_COST,
} from '../../src/policy/criterion-cost.ts';
import { MAX_NODES } from '../../src/policy/read-policy-text.ts';
import { MatchFault } from '../../src/routes/match-fault.ts';
import { MAX_REGEX_COST } from '../../src/routes/path-regex.ts';
import { LONGEST_PATH } from '../../src/routes/regex-cost.ts';
import { PolicyFault } from '../../src/snapshot/policy-set.ts';
import { type Ask, World } from '../support/check-world.ts';
import { CertificateMaker } from '../support/make-certificate.ts';

const RESOURCES = `
{ kind: Policy, id: everybody, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Namespace, id: shop, parent: global, hosts: [shop.com, '*.shop.com'] }
---
{ kind: Route, id: prefix, namespace: shop, hosts: [shop.com], path: { prefix: /p }, policies: [everybody] }
---
{ kind: Route, id: regex, namespace: shop, hosts: [shop.com], path: { regex: '/r/.*' }, policies: [everybody] }
---
{ kind: Route, id: other, namespace: shop, hosts: [other.shop.com], policies: [everybody] }
`;

let world: World;
beforeEach(async () => {
  world = await World.open(RESOURCES);
});
afterEach(() => world.close());

const json = JSON.stringify;

/** What an apply is refused for. */
async function refusal(...resources: object[]): Promise<string> {
  try {
    await world.apply(resources.map((resource) => json(resource)).join('\n---\n'));
  } catch (error) {
    assert.ok(error instanceof ResourceError, String(error));
    return error.problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
  }
  return '';
}

/** What a request comes to; `fault` where it fails. */
function outcome(ask: Ask): string {
  try {
    return world.answer(ask);
  } catch (error) {
    assert.ok(error instanceof PolicyFault || error instanceof MatchFault, String(error));
    return 'fault';
  }
}

const allowed = 'allow: accept';
const ambiguous = 'path-ambiguous: path-ambiguous';
const faults = () => world.snapshot.faults.map(({ kind, id }) => `${kind} ${id}`);

const regexRoute = (id: string, regex: string, more: object = {}) => ({
  kind: 'Route',
  id,
  namespace: 'shop',
  hosts: ['shop.com'],
  path: { regex },
  policies: ['everybody'],
  encoded_slash: 'refuse',
  ...more,
});
const policy = (id: string, ppl: unknown, more: object = {}) => ({
  kind: 'Policy',
  id,
  namespace: 'shop',
  ppl,
  ...more,
});
/** A document of that cost: a criterion on groups costs 4. */
const costing = (cost: number) => ({
  allow: {
    or: [
      ...Array.from({ length: Math.floor(cost / 4) }, () => ({ groups: 'g' })),
      ...Array.from({ length: cost % 4 }, () => ({ user: 'u' })),
    ],
  },
});
const many = (count: number) => Array.from({ length: count }, (_, index) => `x${index}`);

/** As an older version left it in the store. */
async function store({ kind, ...fields }: { kind: string; id: string }): Promise<void> {
  const kinds = { Route: 'route', Policy: 'policy', Namespace: 'namespace' } as const;
  const found = Object.entries(kinds).find(([name]) => name === kind)?.[1];
  assert.ok(found);
  await world.write({ kind: found, id: fields.id }, fields);
}

/** A stored route on shop.com that fails only what comes to its expression. */
async function failsAlone(route: { kind: string; id: string }): Promise<void> {
  await store(route);
  assert.deepEqual(faults(), [`route ${route.id}`]);
  assert.equal(outcome({ host: 'shop.com', path: '/p/1' }), allowed);
  assert.equal(outcome({ host: 'shop.com', path: '/r/1' }), allowed);
  assert.equal(outcome({ host: 'shop.com', path: '/x' }), 'fault');
  assert.equal(outcome({ host: 'other.shop.com' }), allowed);
}

interface Bound {
  readonly limit: number;
  check(): Promise<void> | void;
}

/** By the first column of the table in docs/concepts.md. */
const BOUNDS: Readonly<Record<string, Bound>> = {
  'cost of the regular expressions that one path can meet on the hosts of a namespace': {
    limit: MAX_REGEX_COST,
    async check() {
      const costly = (id: string, beginning: string) => regexRoute(id, `${beginning}(?:[^.]+,){40}`);
      assert.equal(await refusal(costly('z1', '/z/')), '');
      assert.match(
        await refusal(costly('z2', '/z/x')),
        /^Route z2: path\.regex: expected regular expressions of a cost of at most 256 in all .*, got \d+ with this one of \d+$/,
      );
      assert.equal(await refusal(costly('z2', '/y/')), '');
      // A namespace below shares the hosts, and with them the bound; one that has hosts of its own does not.
      const below = { kind: 'Namespace', id: 'below', parent: 'shop' };
      const own = { ...below, hosts: ['below.shop.com'] };
      const inBelow = {
        ...costly('z3', '/z/'),
        path: { regex: '/z/x(?:[^.]+,){40}' },
        namespace: 'below',
        hosts: ['below.shop.com'],
      };
      assert.match(await refusal(below, inBelow), /Route z3: path\.regex: .* at most 256/);
      assert.equal(await refusal(own, inBelow), '');
      assert.match(
        await refusal(below),
        /^Namespace below: would break route z3: path\.regex: .* at most 256/,
      );
      await world.apply(
        json({ kind: 'Route', id: 'z2', namespace: 'shop', hosts: ['shop.com'], path: { exact: '/y' } }),
      );
      await failsAlone(regexRoute('z9', '/z/y(?:[^.]+,){40}'));
    },
  },
  'instructions of one regular expression': {
    limit: 1000,
    async check() {
      const route = regexRoute('s', `/${'a{500}'.repeat(2)}`);
      await assert.rejects(
        world.apply(json(route)),
        /Route s: path\.regex: .* at most 1000 instructions, got one of up to 1003/,
      );
      await failsAlone(route);
    },
  },
  'character ranges of one regular expression': {
    limit: 50_000,
    async check() {
      const route = regexRoute('s', `/[${'\\pL'.repeat(40)}]`);
      await assert.rejects(
        world.apply(json(route)),
        /Route s: path\.regex: .* at most 50000 character ranges, got one of up to 60002/,
      );
      await failsAlone(route);
    },
  },
  'characters of a path that regular expressions are asked about': {
    limit: LONGEST_PATH,
    check() {
      const path = (length: number, start: string) => start.padEnd(length, 'a');
      assert.equal(outcome({ host: 'shop.com', path: path(LONGEST_PATH, '/r/') }), allowed);
      assert.equal(outcome({ host: 'shop.com', path: path(LONGEST_PATH + 1, '/r/') }), ambiguous);
      assert.equal(outcome({ host: 'shop.com', path: path(LONGEST_PATH + 1, '/none/') }), ambiguous);
      assert.equal(outcome({ host: 'shop.com', path: path(LONGEST_PATH + 1, '/p/') }), allowed);
      assert.equal(outcome({ host: 'other.shop.com', path: path(LONGEST_PATH + 1, '/r/') }), allowed);
    },
  },
  'cost of the policies of one request': {
    limit: MAX_POLICY_COST,
    async check() {
      // Each of them costs a quarter and a little more.
      const quarter = (id: string, more: object = {}) => policy(id, costing(MAX_POLICY_COST / 4), more);
      const route = (policies: string[]) => regexRoute('q', '/q', { policies });
      const excess = /: the policies of one request cost 16\d\d\d, of at most 16000$/;
      assert.equal(await refusal(quarter('a'), quarter('b'), quarter('c'), route(['a', 'b', 'c'])), '');
      const refused = await refusal(quarter('d'), route(['a', 'b', 'c', 'd']));
      assert.match(refused, /^Route q: policies/);
      assert.match(refused, excess);
      assert.match(
        await refusal(quarter('d', { enforced: true })),
        /^Policy d: would break Route q: policies/,
      );
      assert.match(
        await refusal(quarter('d', { enforced: true, namespace: 'global' })),
        /^Policy d: would break Route q/,
      );
      assert.equal(
        await refusal(quarter('d', { enforced: true, namespace: 'nowhere' })).then((each) =>
          excess.test(each),
        ),
        false,
      );
      const defaults = { kind: 'Namespace', id: 'shop', parent: 'global', hosts: ['shop.com', '*.shop.com'] };
      assert.match(
        await refusal(quarter('d'), { ...defaults, default_policies: ['a', 'b', 'c', 'd'] }),
        /^Namespace shop: default_policies: /,
      );
      // A policy that grows.
      assert.match(
        await refusal(policy('a', costing(MAX_POLICY_COST / 2))),
        /^Policy a: would break Route q: policies/,
      );
      // Stored already: what it judges fails, and no more.
      await store({ ...quarter('d', { enforced: false, mode: 'enforce' }) });
      await store({ ...route(['a', 'b', 'c', 'd']) });
      assert.deepEqual(faults(), ['route q']);
      assert.equal(outcome({ host: 'shop.com', path: '/q' }), 'fault');
      assert.equal(outcome({ host: 'shop.com', path: '/p' }), allowed);
      // A shadow policy decides nothing, and is left out.
      await store({ ...quarter('d', { enforced: false, mode: 'shadow' }) });
      assert.deepEqual(faults(), []);
      assert.equal(outcome({ host: 'shop.com', path: '/q' }), 'unauthenticated: user-unauthenticated');
      // One alone.
      const alone = policy('e', costing(MAX_POLICY_COST + 1));
      assert.match(
        await refusal(alone),
        /^Policy e: ppl: expected criteria of a cost of at most 16000 in all, got 16001/,
      );
    },
  },
  'values in one policy’s document': {
    limit: MAX_NODES,
    async check() {
      const listOf = (count: number) => policy('l', { allow: { or: [{ user: { in: many(count) } }] } });
      assert.equal(await refusal(listOf(MAX_NODES - 100)), '');
      assert.match(await refusal(listOf(MAX_NODES)), /^Policy l: ppl.*: expected a smaller document/);
      await world.apply(json(regexRoute('l', '/l', { policies: ['l'] })));
      await store({ ...listOf(MAX_NODES) });
      assert.deepEqual(faults(), ['policy l']);
      assert.equal(outcome({ host: 'shop.com', path: '/l' }), 'fault');
      assert.equal(outcome({ host: 'shop.com', path: '/p' }), allowed);
    },
  },
  'characters of a path that policies are asked about': {
    limit: LONGEST_EVALUATED_PATH,
    async check() {
      await world.apply(
        [
          policy('paths', { allow: { or: [{ http_path: { starts_with: '/p' } }] } }),
          { kind: 'Route', id: 'paths', namespace: 'shop', hosts: ['paths.shop.com'], policies: ['paths'] },
        ]
          .map((each) => json(each))
          .join('\n---\n'),
      );
      const path = (length: number) => '/p'.padEnd(length, 'a');
      assert.equal(
        outcome({ host: 'paths.shop.com', path: path(LONGEST_EVALUATED_PATH) }),
        'allow: http-path-ok',
      );
      assert.equal(outcome({ host: 'paths.shop.com', path: path(LONGEST_EVALUATED_PATH + 1) }), ambiguous);
      assert.equal(outcome({ host: 'other.shop.com', path: path(LONGEST_EVALUATED_PATH + 1) }), allowed);
    },
  },
  'characters of a method': {
    limit: LONGEST_METHOD,
    check() {
      assert.equal(outcome({ host: 'other.shop.com', method: 'M'.repeat(LONGEST_METHOD) }), allowed);
      assert.equal(outcome({ host: 'other.shop.com', method: 'M'.repeat(LONGEST_METHOD + 1) }), ambiguous);
    },
  },
  'names in a client’s certificate': {
    limit: MAX_CERTIFICATE_NAMES,
    check() {
      const read = createClientCertificateReader(undefined);
      const maker = new CertificateMaker();
      const withNames = (count: number) => {
        const names = many(count).map((name) => `DNS:${name}`);
        const extensions = ['basicConstraints=CA:FALSE', `subjectAltName=${names.join(',')}`];
        const pem = maker.make({ name: `leaf-${count}`, extensions });
        return read(encodeURIComponent(pem), Date.now());
      };
      assert.ok(withNames(MAX_CERTIFICATE_NAMES).leaf);
      assert.deepEqual(withNames(MAX_CERTIFICATE_NAMES + 1), {
        presented: true,
        valid: false,
        leaf: undefined,
      });
    },
  },
  'policies that one route or namespace names': {
    limit: 100,
    async check() {
      const route = { kind: 'Route', id: 'n', namespace: 'shop', hosts: ['n.shop.com'], policies: many(101) };
      await assert.rejects(world.apply(json(route)), /Route n: policies: expected at most 100 items/);
      await store(route);
      assert.equal(outcome({ host: 'n.shop.com' }), 'fault');
      assert.equal(outcome({ host: 'other.shop.com' }), allowed);
      const namespace = {
        kind: 'Namespace',
        id: 'm',
        parent: 'global',
        hosts: ['m.com'],
        default_policies: many(101),
      };
      await assert.rejects(world.apply(json(namespace)), /Namespace m: default_policies: expected at most/);
      await store(namespace);
      assert.equal(outcome({ host: 'm.com' }), 'fault');
    },
  },
  'hosts of one route or namespace': {
    limit: 1000,
    async check() {
      const hosts = many(1001).map((each) => `${each}.shop.com`);
      const route = { kind: 'Route', id: 'h', namespace: 'shop', hosts, policies: ['everybody'] };
      await assert.rejects(world.apply(json(route)), /Route h: hosts: expected at most 1000 items/);
      await store(route);
      assert.equal(outcome({ host: 'x1000.shop.com' }), 'fault');
      assert.equal(outcome({ host: 'other.shop.com' }), allowed);
    },
  },
  'levels of namespaces below `global`': {
    limit: MAX_NAMESPACE_DEPTH,
    async check() {
      const chain = Array.from({ length: MAX_NAMESPACE_DEPTH }, (_, index) => ({
        kind: 'Namespace',
        id: `level-${index}`,
        parent: index === 0 ? 'global' : `level-${index - 1}`,
      }));
      assert.equal(await refusal(...chain), '');
      const deeper = { kind: 'Namespace', id: 'deeper', parent: `level-${MAX_NAMESPACE_DEPTH - 1}` };
      assert.equal(
        await refusal(deeper),
        'Namespace deeper: parent: expected at most 64 levels of namespaces below global',
      );
      assert.match(
        await refusal({ kind: 'Namespace', id: 'level-0', parent: 'shop' }),
        /^Namespace level-0: parent: expected at most 64/,
      );
    },
  },
  'groups of a directory user': {
    limit: 10_000,
    check() {
      assert.ok(DirectoryUser.safeParse({ id: 'u', groups: many(10_000) }).success);
      assert.ok(!DirectoryUser.safeParse({ id: 'u', groups: many(10_001) }).success);
    },
  },
  'claims of a directory user': {
    limit: 256,
    check() {
      const claims = (count: number) => Object.fromEntries(many(count).map((name) => [name, ['x']]));
      assert.ok(DirectoryUser.safeParse({ id: 'u', claims: claims(256) }).success);
      assert.match(
        DirectoryUser.safeParse({ id: 'u', claims: claims(257) }).error?.message ?? '',
        /at most 256 claims/,
      );
    },
  },
};

describe('every bound of docs/concepts.md holds, when written and when stored', () => {
  const [, section = ''] = readFileSync('docs/concepts.md', 'utf8').split('## What a request may cost');
  const table = section.slice(0, section.indexOf('**Regular expressions.**'));
  const rows = [...table.matchAll(/^\| ([^|]+) \| ([\d,]+) \| [^|]+ \|$/gm)].map(
    ([, what = '', limit = '']) => [what.replaceAll("'", '’'), Number(limit.replaceAll(',', ''))] as const,
  );
  test('the table has every bound', () => {
    assert.deepEqual(rows.map(([what]) => what).sort(), Object.keys(BOUNDS).sort());
  });
  for (const [what, limit] of rows)
    test(`${what}: ${limit}`, async () => {
      const bound = BOUNDS[what];
      assert.equal(bound?.limit, limit);
      await bound.check();
    });
});
