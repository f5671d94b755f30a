import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type LeakSearch, searchFor } from '../e2e/leak-search.ts';
import type { Child } from './child.ts';
import type { CallOptions, HeaderLine, HttpAnswer } from './http-client.ts';
import type { MemoryDumps } from './memory-dump.ts';
import { waitUntil } from './wait-until.ts';

/** Where the story is played. */
export interface StoryStage {
  /** The port of the admin API on loopback. */
  readonly adminPort: number;
  /** A credential for it. */
  readonly operator: string;
  /** A call through Envoy to `verify.localhost`. */
  call(options: CallOptions): Promise<HttpAnswer>;
  /** The processes that are ours, by name; started with the launcher of `dumps`. */
  readonly processes: Readonly<Record<string, Pick<Child, 'pid' | 'output'>>>;
  readonly dumps: MemoryDumps;
  /** Calls in a row that reach every sidecar. */
  readonly calls: number;
}

/** The operator's view of the admin API, and all that it ever answered. */
export class Operator {
  readonly #stage: Pick<StoryStage, 'adminPort' | 'operator'>;
  readonly #answers: string[] = [];

  constructor(stage: Pick<StoryStage, 'adminPort' | 'operator'>) {
    this.#stage = stage;
  }

  /** Headers and body of every answer so far. */
  get answers(): readonly string[] {
    return this.#answers;
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const answer = await fetch(`http://127.0.0.1:${this.#stage.adminPort}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#stage.operator}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    this.#answers.push(`${JSON.stringify([...answer.headers])}\n${text}`);
    return { status: answer.status, text };
  }

  async expect(status: number, method: string, path: string, body?: unknown): Promise<string> {
    const answer = await this.ask(method, path, body);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    return answer.text;
  }

  /** A service account, and the one time that its JWT is shown. */
  async make(account: object): Promise<string> {
    const made: { jwt: string } = JSON.parse(await this.expect(201, 'POST', '/service-accounts', account));
    assert.equal(made.jwt.split('.').length, 3);
    return made.jwt;
  }
}

/** The three ways to show a credential. */
export const SCHEMES = [
  (jwt: string): HeaderLine => ['X-Pomerium-Authorization', jwt],
  (jwt: string): HeaderLine => ['Authorization', `Pomerium ${jwt}`],
  (jwt: string): HeaderLine => ['Authorization', `Bearer Pomerium-${jwt}`],
] as const;

export interface ToldStory {
  readonly operator: Operator;
  readonly search: LeakSearch;
  callAsStory(): Promise<HttpAnswer>;
}

/**
 * An account is made over HTTP, a policy names it, and it gets through Envoy by each of the three schemes. Afterwards
 * no answer but the first, no log and no memory of any process holds its credential.
 */
export async function playStory(stage: StoryStage): Promise<ToldStory> {
  const operator = new Operator(stage);
  const jwt = await operator.make({ id: 'story', namespace: 'team-a', user_id: 'story@team-a' });
  const [shown = '', ...others] = operator.answers;
  const search = searchFor(jwt);
  assert.ok(search.find(shown) !== undefined && others.length === 0, 'the JWT was shown once');

  await operator.expect(200, 'PUT', '/policies/story', {
    id: 'story',
    namespace: 'team-a',
    ppl: { allow: { and: [{ user: 'story@team-a' }] } },
  });
  await operator.expect(200, 'PUT', '/routes/story', {
    id: 'story',
    namespace: 'team-a',
    hosts: ['verify.localhost'],
    path: { prefix: '/story' },
    policies: ['story'],
  });
  const callAs = (token: string, scheme: (typeof SCHEMES)[number] = SCHEMES[0]) =>
    stage.call({ path: '/story', headers: [scheme(token)] });
  const answerAll = async (status: number, token: string, scheme?: (typeof SCHEMES)[number]) => {
    for (let made = 0; made < stage.calls; made++)
      if ((await callAs(token, scheme)).status !== status) return false;
    return true;
  };
  await waitUntil('every sidecar to know the route', () => answerAll(200, jwt));
  for (const scheme of SCHEMES) assert.ok(await answerAll(200, jwt, scheme), String(scheme));
  const other = await operator.make({ id: 'other', namespace: 'team-a', user_id: 'other' });
  assert.ok(await answerAll(403, other), 'nobody else gets through');

  for (const path of [
    '/service-accounts/story',
    '/service-accounts',
    '/activity',
    '/resources?namespace=global',
  ])
    assert.match(await operator.expect(200, 'GET', path), /story/);
  // Written behind.
  await waitUntil('the decisions', async () =>
    (await operator.expect(200, 'GET', '/decisions')).includes('story@team-a'),
  );
  for (const answer of operator.answers.slice(1)) search.assertNotIn('an answer', answer);
  for (const [name, child] of Object.entries(stage.processes)) {
    assert.match(child.output(), name === 'admin' ? /"listening"/ : /"story@team-a"/);
    search.assertNotIn(`the log of ${name}`, child.output());
  }
  await assertForgotten(stage, operator, other, search);
  return { operator, search, callAsStory: () => callAs(jwt) };
}

/** Other requests have passed, and what is left of the first ones is gone. */
async function assertForgotten(
  { processes, dumps, calls, call }: StoryStage,
  operator: Operator,
  other: string,
  search: LeakSearch,
): Promise<void> {
  for (let n = 0; n < 20 * calls; n++) {
    await operator.expect(200, 'GET', '/whoami');
    await call({ path: '/story', headers: [SCHEMES[0](other)] });
  }
  for (const [name, { pid }] of Object.entries(processes)) {
    const { strings, buffers } = await dumps.take(pid);
    assert.ok(strings.includes(name === 'admin' ? '/service-accounts' : 'story@team-a'), name);
    assert.ok(buffers.length > 10_000);
    search.assertNotIn(`the heap of ${name}`, strings);
    search.assertNotIn(`a buffer of ${name}`, buffers);
  }
}

/** Every file below a folder, by its path there. */
export function readFilesBelow(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(join(folder, name))]));
}
