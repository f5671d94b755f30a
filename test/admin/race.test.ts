import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

const ROUNDS = 1000;
const PATH = '/policies/contested';
const Policy = z.looseObject({ description: z.string() });
const Log = z.object({
  items: z.array(
    z.object({ before: Policy.optional(), after: Policy, author: z.object({ account: z.string() }) }),
  ),
  next: z.string().nullable(),
});
type Entry = z.infer<typeof Log>['items'][number];

let world: AdminWorld;
before(async () => {
  world = await openAdminWorld();
  await world.apply(TEAMS);
});
after(() => world.close());

test(`two writers who race ${ROUNDS} times: one wins, nothing is lost, and the log holds the winners in order`, async () => {
  const writers = await Promise.all(
    ['manager', 'admin'].map(async (account) => ({ account, jwt: await world.signIn(account) })),
  );
  const policy = (description: string) => ({
    id: 'contested',
    namespace: 'team-a',
    description,
    ppl: { allow: { or: [{ user: 'x' }] } },
  });
  const made = await world.call('PUT', PATH, { jwt: writers[0]?.jwt, body: policy('made') });
  assert.equal(made.statusCode, 200, made.body);

  interface Win {
    readonly account: string;
    readonly description: string;
    readonly replaced: number;
    readonly revision: number;
  }
  const wins: Win[] = [];
  const lost: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const read = await Promise.all(writers.map(({ jwt }) => world.call('GET', PATH, { jwt })));
    const answers = await Promise.all(
      writers.map(({ account, jwt }, index) =>
        world.call('PUT', PATH, {
          jwt,
          headers: { 'if-match': String(read[index]?.headers.etag) },
          body: policy(`${round} by ${account}`),
        }),
      ),
    );
    for (const [index, answer] of answers.entries()) {
      const { account = '' } = writers[index] ?? {};
      if (answer.statusCode !== 200) lost.push(answer.statusCode);
      else
        wins.push({
          account,
          description: `${round} by ${account}`,
          replaced: revisionOf(read[index]?.headers.etag),
          revision: revisionOf(answer.headers.etag),
        });
    }
    // Both read the same, so that one and only one may replace it.
    assert.equal(wins.length, round + 1, `round ${round}: ${answers.map(({ body }) => body).join('\n')}`);
  }
  assert.equal(lost.length, ROUNDS);
  assert.deepEqual(
    [...new Set(lost)].filter((status) => status !== 412 && status !== 409),
    [],
  );

  // Each winner replaced what the one before had written.
  const first = revisionOf(made.headers.etag);
  assert.deepEqual(
    wins.map(({ replaced }) => replaced),
    [first, ...wins.slice(0, -1).map(({ revision }) => revision)],
  );
  const last = await world.call('GET', PATH, { jwt: writers[0]?.jwt });
  assert.equal(last.json().description, wins.at(-1)?.description);
  assert.equal(revisionOf(last.headers.etag), wins.at(-1)?.revision);

  const log = await readLog(writers[1]?.jwt);
  assert.deepEqual(
    log.map(({ before, after, author }) => [before?.description, after.description, author.account]),
    [
      [undefined, 'made', 'manager'],
      ...wins.map(({ description, account }, index) => [
        index === 0 ? 'made' : wins[index - 1]?.description,
        description,
        account,
      ]),
    ],
  );
  assert.deepEqual(world.faults, []);
});

async function readLog(jwt: string | undefined): Promise<Entry[]> {
  const entries: Entry[] = [];
  let cursor = '';
  for (;;) {
    const path = `/activity?kind=Policy&entity=contested&order=oldest&limit=500${cursor}`;
    const { items, next } = Log.parse((await world.call('GET', path, { jwt })).json());
    entries.push(...items);
    if (next === null) return entries;
    cursor = `&cursor=${next}`;
  }
}

function revisionOf(etag: unknown): number {
  const digits = /^"(\d+)"$/.exec(String(etag))?.[1];
  assert.ok(digits !== undefined, `no ETag: ${String(etag)}`);
  return Number(digits);
}

test('clients that create accounts at once wait for each other, and none is told of a conflict', async () => {
  const jwt = await world.signIn('manager');
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      world.call('POST', '/service-accounts', {
        jwt,
        body: { id: `crowd-${n}`, namespace: 'team-a', user_id: `crowd-${n}` },
      }),
    ),
  );
  assert.deepEqual(new Set(answers.map(({ statusCode }) => statusCode)), new Set([201]));
});
