// No sequence of calls gives an account a role that its author could not grant; docs/roles.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { machinePrincipal } from '../../src/operations/principal.ts';
import { Reader } from '../../src/operations/reader.ts';
import { includesRole, Role } from '../../src/roles/role-schema.ts';
import { bootstrap } from '../support/account-calls.ts';
import { type AdminWorld, openAdminWorld } from '../support/admin-world.ts';
import { ROLE_CALLS, ROLE_MESH, type RoleCall } from './role-calls.ts';

const RUNS = 8;
const SEED = 20_261_128;
const ACTORS = ['mia', 'al', 'gm', 'root'] as const;
type Actor = (typeof ACTORS)[number];

const Whoami = z.object({ roles: z.array(z.object({ namespace: z.string(), role: Role })) });
const Issued = z.object({ jwt: z.string() });
type Roles = z.infer<typeof Whoami>['roles'];

/** A JWT, and who was shown it. */
interface Held {
  readonly jwt: string;
  readonly holder: Actor;
}

interface Tally {
  calls: number;
  done: number;
  raised: number;
  refused: number;
}

class Play {
  readonly #world: AdminWorld;
  readonly #own = new Map<Actor, string>();
  readonly #held: Held[] = [];
  readonly #tally: Tally;

  private constructor(world: AdminWorld, tally: Tally) {
    this.#world = world;
    this.#tally = tally;
  }

  static async open(tally: Tally): Promise<Play> {
    const world = await openAdminWorld();
    await world.apply(ROLE_MESH);
    const play = new Play(world, tally);
    for (const actor of ACTORS) play.#own.set(actor, await world.signIn(actor));
    return play;
  }

  async rolesOf(jwt: string): Promise<Roles> {
    const answer = await this.#world.call('GET', '/whoami', { jwt });
    return answer.statusCode === 200 ? Whoami.parse(answer.json()).roles : [];
  }

  /** What each JWT that somebody was shown can do now, and each actor by their own. */
  async snapshot() {
    const held = new Map<string, Roles>();
    for (const { jwt } of this.#held) held.set(jwt, await this.rolesOf(jwt));
    const own = new Map<Actor, Roles>();
    for (const [actor, jwt] of this.#own) own.set(actor, await this.rolesOf(jwt));
    const namespaces = await new Reader(this.#world.store).collect('namespace');
    return {
      held,
      own,
      parents: new Map(namespaces.map(({ id, parent }) => [id as string, parent as string | undefined])),
    };
  }

  async ask({ actor, method, path, body, bootstraps }: RoleCall): Promise<void> {
    this.#tally.calls += 1;
    if (bootstraps !== undefined) {
      const access = machinePrincipal('tester', 'here', Date.now);
      const made = await bootstrap(
        this.#world.store,
        access,
        this.#world.issuing,
        bootstraps,
        path === 'revoke',
      ).catch(() => undefined);
      if (made) this.#held.push({ jwt: made.jwt, holder: 'root' });
      return;
    }
    const send = (headers: Record<string, string>) =>
      this.#world.call(method, path, { jwt: this.#own.get(actor), body, headers });
    let answer = await send(method === 'PUT' ? { 'if-none-match': '*' } : {});
    if (answer.statusCode === 412) answer = await send({ 'if-match': '*' });
    assert.ok(answer.statusCode < 500, answer.body);
    if (answer.statusCode < 300) this.#tally.done += 1;
    if (answer.statusCode === 422 && answer.body.includes('issuer could not make this change'))
      this.#tally.refused += 1;
    const issued = answer.statusCode === 201 ? Issued.safeParse(answer.json()).data : undefined;
    if (issued) this.#held.push({ jwt: issued.jwt, holder: actor });
  }

  /** Whatever a JWT can do more than before, its holder could have granted. */
  assertGranted(
    before: Awaited<ReturnType<Play['snapshot']>>,
    now: Awaited<ReturnType<Play['snapshot']>>,
  ): void {
    for (const { jwt, holder } of this.#held)
      for (const namespace of now.parents.keys()) {
        const role = roleAt(now.held.get(jwt), namespace, now.parents);
        if (role === undefined || includesRole(roleAt(before.held.get(jwt), namespace, before.parents), role))
          continue;
        this.#tally.raised += 1;
        // What they hold themselves they gain nothing by, as where they rotate their own credential.
        const could = [before, now].some(({ own, parents }) => {
          const ownRole = roleAt(own.get(holder), namespace, parents);
          return ownRole === 'admin' || includesRole(ownRole, role);
        });
        assert.ok(could || holder === 'root', `${holder} holds a JWT that became ${role} in ${namespace}`);
      }
  }

  async close(): Promise<void> {
    await this.#world.close();
    assert.deepEqual(this.#world.faults, []);
  }
}

function roleAt(
  roles: Roles = [],
  namespace: string,
  parents: ReadonlyMap<string, string | undefined>,
): Role | undefined {
  let highest: Role | undefined;
  for (let at: string | undefined = namespace; at !== undefined; at = parents.get(at))
    for (const { namespace: bound, role } of roles)
      if (bound === at && !includesRole(highest, role)) highest = role;
  return highest;
}

async function playOut(calls: readonly RoleCall[], tally: Tally): Promise<void> {
  const play = await Play.open(tally);
  try {
    let before = await play.snapshot();
    for (const [index, call] of calls.entries()) {
      await play.ask(call);
      const now = await play.snapshot();
      try {
        play.assertGranted(before, now);
      } catch (error) {
        throw new Error(`call ${index}, ${JSON.stringify(call)}: ${error}`);
      }
      before = now;
    }
  } finally {
    await play.close();
  }
}

async function holdProperty(parameters: fc.Parameters<[RoleCall[]]>): Promise<Tally> {
  const tally: Tally = { calls: 0, done: 0, raised: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(ROLE_CALLS, (calls) => playOut(calls, tally)),
    { numRuns: RUNS, includeErrorInReport: true, endOnFailure: true, ...parameters },
  );
  return tally;
}

test('property: nobody comes to hold a role that they could not grant', async () => {
  const tally = await holdProperty({ seed: SEED });
  const told = JSON.stringify(tally);
  // Without these the property might hold because nothing happened.
  assert.ok(tally.done > 0.3 * tally.calls, told);
  assert.ok(tally.raised > 0 && tally.refused > 0, told);
});

test('property: the same, with another seed each time', async () => {
  await holdProperty({});
});
