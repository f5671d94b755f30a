// A process of its own that carries out an attack: reads an AttackPlan from the file named on its command line, and prints
// the AttackResult.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { AttackPlan, type AttackResult } from './attack-plan.ts';

/** What has no answer by then is given up, in milliseconds. */
const PATIENCE = 60_000;

const [, , file = ''] = process.argv;
const plan = AttackPlan.parse(JSON.parse(readFileSync(file, 'utf8')));
const requests = plan.requests.map(({ bodyFile, ...sent }) => ({
  ...sent,
  body: bodyFile === undefined ? undefined : readFileSync(bodyFile),
}));
const answers: Record<string, number> = {};
const began = performance.now();
let turn = 0;

await Promise.all(Array.from({ length: plan.parallel }, send));
const result: AttackResult = { answers, took: performance.now() - began };
process.stdout.write(JSON.stringify(result));

async function send(): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (performance.now() - began < plan.lasts) {
    const next = requests[turn++ % requests.length];
    if (!next) throw new Error('nothing to send');
    const status = await sendOne(agent, next);
    answers[status] = (answers[status] ?? 0) + 1;
    await delay(plan.pause);
  }
  agent.destroy();
}

function sendOne(agent: Agent, { method, path, headers, body }: (typeof requests)[number]): Promise<number> {
  return new Promise((done) => {
    let status = 0;
    const sent = request({
      ...{ host: '127.0.0.1', port: plan.port, agent, method, path, timeout: PATIENCE },
      headers: { ...headers, ...(body !== undefined && { 'content-length': body.length }) },
    });
    sent.once('response', (response) => {
      status = response.statusCode ?? 0;
      response.resume();
    });
    sent.once('timeout', () => sent.destroy());
    // An answer that came before the whole body was sent counts, though the connection is closed then.
    sent.on('error', () => undefined);
    sent.once('close', () => done(status));
    sent.end(body);
  });
}
