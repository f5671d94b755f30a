// Who may do what where: every operation of the served OpenAPI document, by everybody, on what is everywhere.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { API_PREFIX } from '../../src/contract/contract.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';
import { type Asked, type Fixture, HOSTS, PLACES, type Place, type Row } from './matrix-row.ts';
import { ROWS } from './matrix-rows.ts';
import { serverWithHole } from './server-with-hole.ts';

const Method = z.enum(['GET', 'POST', 'PUT', 'DELETE']);
const Described = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        'x-sallyport-access': z.string(),
        /** Headers are references. */
        parameters: z.array(z.object({ name: z.string().optional(), in: z.string().optional() })),
      }),
    ),
  ),
});

/** Those who ask: of no role, of one at `team-a`, and of one at `global`, to whom all that can be done is allowed. */
const CALLERS = ['signed out', 'nobody', 'viewer', 'manager', 'admin', 'root'] as const;
type Caller = (typeof CALLERS)[number];
const RANK: Readonly<Record<Caller, number>> = {
  'signed out': -1,
  nobody: 0,
  viewer: 1,
  manager: 2,
  admin: 3,
  root: 3,
};
/** From each namespace up to the root. */
const LINEAGES: Readonly<Record<string, readonly string[]>> = {
  global: ['global'],
  'team-a': ['team-a', 'global'],
  'team-a.sub': ['team-a.sub', 'team-a', 'global'],
  'team-b': ['team-b', 'global'],
};

const operations = await describedOperations();

test('every operation of the OpenAPI document has its rows here, and every row its operation', () => {
  assert.deepEqual(Object.keys(ROWS).sort(), operations.map(({ id }) => id).sort());
  for (const [id, rows] of Object.entries(ROWS)) assert.ok(rows.length > 0, id);
});

test('what the document says somebody has to be is what the rows say', () => {
  const NEEDED = { self: 'signed-in', nothing: 'viewer', one: 'viewer', list: 'viewer' };
  for (const { id, access } of operations)
    for (const row of ROWS[id] ?? [])
      assert.equal(access, row.about === 'write' ? row.needs : NEEDED[row.about], id);
});

for (const operation of operations)
  describe(operation.id, () => {
    let world: AdminWorld;
    const jwts = new Map<Caller, string>();
    let made = 0;
    before(async () => {
      world = await openAdminWorld();
      await world.apply(TEAMS);
      for (const caller of CALLERS) if (caller !== 'signed out') jwts.set(caller, await world.signIn(caller));
    });
    after(async () => {
      await world.close();
      assert.deepEqual(world.faults, []);
    });

    for (const row of ROWS[operation.id] ?? [])
      for (const place of ['inside', 'below', 'above', 'beside'] as const)
        test(`${row.how ?? 'asked'}, ${place}`, async () => {
          for (const caller of CALLERS) {
            const fixture: Fixture = {
              id: `made-${++made}`,
              namespace: PLACES[place],
              host: HOSTS[place],
              world,
            };
            await row.prepare?.(fixture);
            await askAs(caller, row, place, fixture);
          }
        });

    async function askAs(caller: Caller, row: Row, place: Place, fixture: Fixture): Promise<void> {
      const asked = await row.ask(fixture);
      const expected = expectedOf(caller, row, place);
      const isDone = expected.every((status) => status < 300);
      const call = async ({ params = {}, query = '', body, headers }: Asked, statuses: readonly number[]) => {
        const path = operation.path.replaceAll(/\{(\w+)\}/g, (_braces, name: string) => {
          const value = params[name];
          assert.ok(value !== undefined, `nothing for {${name}}`);
          return encodeURIComponent(value);
        });
        const { revision } = await world.store.position();
        const answer = await world.call(operation.method, query === '' ? path : `${path}?${query}`, {
          jwt: jwts.get(caller),
          body,
          ...(headers && { headers }),
        });
        const told = `${caller}: ${operation.method} ${path}?${query} answers ${answer.statusCode}, not ${statuses.join(' or ')}: ${answer.body}`;
        assert.ok(statuses.includes(answer.statusCode), told);
        const isWritten = (await world.store.position()).revision !== revision;
        const writes = row.about === 'write' && isDone && !query.includes('dry_run');
        assert.equal(isWritten, writes, `${told}: ${isWritten ? 'something was' : 'nothing was'} written`);
        return answer;
      };

      // No version fits what is not there; asked without one, the answer may be another, and tells as little.
      const stale = asked.headers !== undefined && expected.includes(409) ? [412] : [];
      if (row.about === 'write' && operation.parameters.includes('dry_run'))
        await call({ ...asked, query: 'dry_run=true' }, [...expected, ...stale]);
      if (row.about === 'list') {
        await checkLists(caller, row, fixture, asked, expected, call);
        return;
      }
      const { statusCode } = await call(asked, [...expected, ...stale]);
      if (statusCode === 412) await call({ ...asked, headers: {} }, expected);
    }

    async function checkLists(
      caller: Caller,
      row: Extract<Row, { about: 'list' }>,
      { id, namespace }: Fixture,
      asked: Asked,
      expected: readonly number[],
      call: (asked: Asked, statuses: readonly number[]) => Promise<{ statusCode: number; json(): unknown }>,
    ): Promise<void> {
      const home = row.always ?? namespace;
      for (const top of [namespace, undefined]) {
        const isRefused = RANK[caller] < RANK.viewer;
        const filter = top === undefined ? '' : `&${asked.query ?? ''}`;
        const answer = await call(
          { query: `limit=500${filter}` },
          top === undefined && !isRefused ? [200] : expected,
        );
        if (answer.statusCode !== 200) continue;
        const { items } = z.object({ items: z.array(z.unknown()) }).parse(answer.json());
        const places = items.map(row.place);
        const isListed = (one: string) => seesAs(caller, one) && (top === undefined || isWithin(one, top));
        assert.deepEqual(
          places.filter((one) => !isListed(one)),
          [],
          `${caller} is told of what is elsewhere`,
        );
        assert.equal(
          items.some((item) => row.name(item) === id),
          isListed(home),
          `${caller}: ${id}`,
        );
      }
    }
  });

/** The statuses of which one is right. */
function expectedOf(caller: Caller, row: Row, place: Place): readonly number[] {
  if (caller === 'signed out') return [401];
  if (row.about === 'self') return [200, 201];
  if (caller === 'nobody') return [403];
  const namespace = row.always ?? PLACES[place];
  switch (row.about) {
    case 'nothing':
      return [200];
    case 'list':
      return seesAs(caller, PLACES[place]) ? [200] : [404];
    case 'one':
      return seesAs(caller, namespace) ? [200] : [404];
    case 'write':
      if (RANK[caller] < RANK[row.needs]) return [403];
      if (seesAs(caller, namespace)) return [200, 201];
      // That directory users are at the root is no secret: who may write them is said.
      if (row.always) return [403, 404, 409];
      return [404, 409, 422];
    default:
      return row satisfies never;
  }
}

function seesAs(caller: Caller, namespace: string): boolean {
  if (caller === 'root') return true;
  return RANK[caller] >= RANK.viewer && isWithin(namespace, 'team-a');
}

function isWithin(namespace: string, top: string): boolean {
  const lineage = LINEAGES[namespace];
  assert.ok(lineage, `${namespace} is no namespace of this test`);
  return lineage.includes(top);
}

interface DescribedOperation {
  readonly id: string;
  readonly method: z.infer<typeof Method>;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly access: string;
  /** Of the query. */
  readonly parameters: readonly string[];
}

/** As a client reads them. */
async function describedOperations(): Promise<DescribedOperation[]> {
  const world = await openAdminWorld();
  try {
    const { paths } = Described.parse((await world.call('GET', '/openapi.json')).json());
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId, parameters, 'x-sallyport-access': access }]) => ({
        id: operationId,
        method: Method.parse(method.toUpperCase()),
        path: path.replace(/^\/api\/v1/, ''),
        access,
        parameters: parameters.flatMap((one) =>
          one.in === 'query' && one.name !== undefined ? [one.name] : [],
        ),
      })),
    );
  } finally {
    await world.close();
  }
}

describe('a route below the API', () => {
  let world: AdminWorld;
  before(async () => {
    world = await openAdminWorld();
  });
  after(() => world.close());

  test('that says nothing of who may use it keeps the server from starting', async () => {
    for (const config of [undefined, {}, { rateLimit: false }]) {
      const app = serverWithHole(world.store, API_PREFIX, config);
      await assert.rejects(async () => void (await app.ready()), /\/hole says nothing about who may use it/);
      await app.close();
    }
  });

  test('that says it does not', async () => {
    const app = serverWithHole(world.store, API_PREFIX, { access: 'public' });
    await app.ready();
    assert.equal((await app.inject('/api/v1/hole')).statusCode, 200);
    await app.close();
  });
});
