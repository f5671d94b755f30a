// Requests that may take much memory run one at a time, in whatever process the work is done.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

let world: AdminWorld;
let root: string;
let admin: string;
before(async () => {
  world = await openAdminWorld();
  await world.apply(TEAMS);
  root = await world.signIn('root');
  admin = await world.signIn('admin');
});
after(async () => {
  await world.close();
  assert.deepEqual(world.faults, []);
});

const comment = '# comment\n'.repeat(7000);
const lint = (jwt: string, text: string) => world.call('POST', '/policies:lint', { jwt, body: { text } });
const apply = (description: string, count: number) =>
  world.call('POST', '/resources:apply?dry_run=true', {
    jwt: root,
    body: {
      resources: Array.from({ length: count }, (_, n) => ({
        ...{ apiVersion: 'sallyport/v1alpha1', kind: 'Policy', id: `policy-${n}`, namespace: 'team-a' },
        ...{ description, ppl: { allow: { or: [{ user: `user-${n}` }] } } },
      })),
    },
  });
const statuses = (answers: readonly { statusCode: number }[]) => answers.map(({ statusCode }) => statusCode);

/** The answer may come just before. */
async function hasFreed(count: number): Promise<void> {
  while (world.freed() < count) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(world.freed(), count);
}

test('memory is freed after each long body, and after no short one', { timeout: 30_000 }, async () => {
  assert.deepEqual(statuses([await lint(root, 'allow: {}'), await apply('short', 10)]), [200, 200]);
  await hasFreed(0);
  assert.equal((await lint(root, comment)).statusCode, 200);
  await hasFreed(1);
  assert.equal((await apply('x'.repeat(300), 300)).statusCode, 200);
  await hasFreed(2);
  const body = { cases: [], documents: 'x'.repeat(70_000) };
  assert.equal((await world.call('POST', '/policies:test', { jwt: root, body })).statusCode, 400);
  await hasFreed(3);
});

function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

test('a long text for lint waits for an apply, and a short one does not', { timeout: 30_000 }, async () => {
  const ended: string[] = [];
  const note = async (name: string, answer: Promise<{ statusCode: number }>) => {
    assert.equal((await answer).statusCode, 200, name);
    ended.push(name);
  };
  const { get } = world.store;
  const gate = createGate();
  const applies = createGate();
  world.store.get = async (keys, atLeast) => {
    if (keys.some(({ kind }) => kind === 'policy')) {
      applies.open();
      await gate.opened;
    }
    return get.call(world.store, keys, atLeast);
  };
  try {
    const applying = note('apply', apply('x'.repeat(300), 300));
    await applies.opened;
    const long = note('long', lint(admin, comment));
    await note('short', lint(admin, 'allow: {}'));
    gate.open();
    await Promise.all([applying, long]);
    assert.deepEqual(ended, ['short', 'apply', 'long']);
  } finally {
    gate.open();
    world.store.get = get;
  }
});
