import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { readToken } from '../support/forge-token.ts';
import { E2E_HOST } from '../support/http-client.ts';
import type { VerifyAnswer } from '../support/verify-upstream.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Connections that call one after the other without a pause, until they are told to stop. */
export interface SteadyLoad {
  /** The credentials that it calls with, in turns. What is pushed is used from the next call on. */
  readonly credentials: string[];
  /** Calls that did not end with 200 and an assertion that *verify* could verify. */
  readonly problems: readonly string[];
  /** Of the last assertion that *verify* got. */
  assertionKid(): string;
  /** Calls answered so far. */
  answered(): number;
  /** Resolves once every connection has made further calls and no problem came of them. */
  proceed(): Promise<void>;
  /** No longer calls with a credential; resolves once no call with it is under way. */
  retire(credential: string): Promise<void>;
  stop(): Promise<void>;
}

const HTTP1_CONNECTIONS = 3;
const HTTP2_STREAMS = 3;
/** Milliseconds between two calls of a connection: other tests run on this machine as well. */
const PACE = 5;

interface Answer {
  readonly status: number;
  readonly body: string;
}
type Call = (credential: string) => Promise<Answer>;

/** Calls *verify* through an Envoy's plain listener, over several connections that stay open. */
export function startSteadyLoad(port: number, first: string): SteadyLoad {
  const credentials = [first];
  const problems: string[] = [];
  const underWay: string[] = [];
  const callers: { readonly call: Call; calls: number }[] = [];
  let lastKid = '';
  let turn = 0;
  let stopped = false;

  const agents = Array.from(
    { length: HTTP1_CONNECTIONS },
    () => new Agent({ keepAlive: true, maxSockets: 1 }),
  );
  for (const agent of agents) callers.push({ call: (jwt) => callHttp1(port, agent, jwt), calls: 0 });
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', (error) => problems.push(`the HTTP/2 connection: ${error.message}`));
  for (let i = 0; i < HTTP2_STREAMS; i++)
    callers.push({
      call: (jwt) =>
        new Promise((done, fail) => {
          const stream = session.request({
            ':authority': E2E_HOST,
            ':path': '/',
            'x-pomerium-authorization': jwt,
          });
          let status = 0;
          stream.once('response', (headers) => (status = Number(headers[':status'])));
          stream.once('error', fail);
          text(stream).then((body) => done({ status, body }), fail);
        }),
      calls: 0,
    });

  async function run(caller: (typeof callers)[number]): Promise<void> {
    while (!stopped) {
      const credential = credentials[turn++ % credentials.length] ?? first;
      underWay.push(credential);
      try {
        const kid = readKid(await caller.call(credential));
        lastKid = kid;
      } catch (error) {
        const { kid } = readToken(credential).header;
        problems.push(`with a credential of ${kid}: ${error instanceof Error ? error.message : error}`);
      }
      underWay.splice(underWay.indexOf(credential), 1);
      caller.calls += 1;
      await delay(PACE);
    }
  }
  const runs = callers.map(run);

  return {
    credentials,
    problems,
    assertionKid: () => lastKid,
    answered: () => callers.reduce((sum, { calls }) => sum + calls, 0),
    async proceed() {
      const before = callers.map(({ calls }) => calls);
      // With each credential, and twice, so that one of the calls began after this.
      const further = 2 * credentials.length + 1;
      await waitUntil('further calls', () =>
        callers.every(({ calls }, index) => calls >= (before[index] ?? 0) + further),
      );
      if (problems.length > 0) throw new Error(problems.slice(0, 5).join('\n'));
    },
    async retire(credential) {
      credentials.splice(credentials.indexOf(credential), 1);
      await waitUntil('calls under way to end', () => !underWay.includes(credential));
    },
    async stop() {
      stopped = true;
      await Promise.all(runs);
      for (const agent of agents) agent.destroy();
      session.close();
    },
  };
}

function callHttp1(port: number, agent: Agent, jwt: string): Promise<Answer> {
  return new Promise((done, fail) => {
    const headers = { host: E2E_HOST, 'x-pomerium-authorization': jwt };
    get({ host: '127.0.0.1', port, path: '/', agent, headers }, (response: IncomingMessage) => {
      text(response).then((body) => done({ status: response.statusCode ?? 0, body }), fail);
    }).once('error', fail);
  });
}

/** The key of the assertion that came with a call. Throws where the call was refused, or its assertion did not verify. */
function readKid({ status, body }: Answer): string {
  if (status !== 200) throw new Error(`${status} ${body}`);
  const { assertion, headers }: VerifyAnswer = JSON.parse(body);
  if (assertion?.verified !== true)
    throw new Error(`no assertion that verifies: ${JSON.stringify(assertion)}`);
  const jwt = headers.find(([name]) => name.toLowerCase() === 'x-pomerium-jwt-assertion')?.[1] ?? '';
  return String(readToken(jwt).header.kid);
}
