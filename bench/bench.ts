// `npm run bench`: what a warm Check costs, beside a grpc-js server that returns fixed bytes, in one run on
// one machine. The server has core 0 for itself and the load core 1; rounds alternate, and the median counts.
//
// With --accounts the same on Redis, with ten accounts and with that many (and 10,000 routes and policies): what a warm
// Check costs there, and how long the first Check of a token takes at 1,000 a second.
//
//   npm run bench -- [--rounds 7] [--calls 40000] [--accounts 1000000] [--output json]
//
// What changes cost on a store with 10,000 accounts, policies and routes:
//
//   npm run bench -- changes [--output json]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Child, startChild, waitUntilReady } from '../test/support/child.ts';
import { freePort } from '../test/support/free-port.ts';
import { installTools } from '../test/support/install-tools.ts';
import { type ScaledSidecar, startScaledSidecar } from '../test/support/scale/measure-scale.ts';
import { type CreatedCredential, startSidecar } from '../test/support/sidecar.ts';
import { type ChangeRow, measureChanges } from './changes-bench.ts';
import { askOnce } from './check-client.ts';
import { measureRound, type Round } from './measure-round.ts';
import { measurePolicies } from './policy-bench.ts';
import { recordCheckRequest } from './record-check-request.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    calls: { type: 'string', default: '40000' },
    accounts: { type: 'string', default: '0' },
    output: { type: 'string', default: 'table' },
  },
});
const rounds = Number(flags.rounds);
const calls = Number(flags.calls);
const accounts = Number(flags.accounts);

/** What is measured, and by which Check. The first is the yardstick. */
interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly frameFile: string;
}

/** One whose Check is at hand. */
interface AskedContestant extends Contestant {
  readonly request: Buffer;
}

interface Scaled {
  readonly name: string;
  readonly sidecar: ScaledSidecar;
}

interface FirstChecksRow {
  readonly name: string;
  readonly checks: number;
  readonly failed: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

/** A second. */
const FIRST_CHECK_RATE = 1000;
const FIRST_CHECKS = 5000;
/** At most: with few accounts there are few first Checks. */
const SMALL = 10;
const ROUTES = 10_000;
if (accounts !== 0 && !(accounts > SMALL))
  throw new Error(`--accounts: expected a number above ${SMALL}; so many are measured beside it anyway`);

const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
const describeMachine = () => `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`;
const pinned = availableParallelism() > 1;
const onCore = (core: number) => (pinned ? ['taskset', '-c', String(core)] : []);
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const children: (() => Child)[] = [];

const [subject, ...others] = positionals;
if ((subject !== undefined && subject !== 'changes') || others.length > 0)
  throw new Error(`expected "changes" or nothing, not ${positionals.join(' ')}`);
try {
  if (subject === 'changes') reportChanges(await measureChanges());
  else await measureChecks();
} finally {
  for (const child of children) await child().stop();
  rmSync(folder, { recursive: true, force: true });
}

async function measureChecks(): Promise<void> {
  await installTools(['envoy', 'openssl', 'h2load']);
  const contestants = await startContestants();
  const scaled = accounts > 0 ? await startScaled() : [];
  const measured = await runRounds([
    ...contestants,
    ...scaled.map(({ name, sidecar: { port, child, frameFile } }) => ({
      name: `warm Check, ${name}`,
      port,
      pid: child().pid,
      frameFile,
    })),
  ]);
  report(measured, await measureFirstChecks(scaled));
}

function reportChanges(changes: readonly ChangeRow[]): void {
  if (flags.output === 'json') {
    console.log(JSON.stringify({ machine, changes }, null, 2));
    return;
  }
  console.log(`${describeMachine()}\n\n${''.padEnd(34)}${'ms'.padStart(15)}`);
  for (const { name, ms } of changes) console.log(`${name.padEnd(34)}${ms.toFixed(1).padStart(15)}`);
}

async function startContestants(): Promise<Contestant[]> {
  const quiet = await startMeasuredSidecar('warm Check', 'none');
  const logged = await startMeasuredSidecar('warm Check, each decision logged', 'all');
  return [await startYardstick(quiet), quiet, logged];
}

/** A sidecar with one account, and the Check that it answers. */
async function startMeasuredSidecar(name: string, decisions: string): Promise<AskedContestant> {
  const home = join(folder, decisions);
  const settings = { log: { decisions } };
  const sidecar = await startSidecar(home, { settings, launcher: onCore(0), stdout: 'discard' });
  children.push(sidecar.child);
  await sidecar.cliJson(['apply', '-f', fileURLToPath(new URL('resources.yaml', import.meta.url))]);
  const create = ['sa', 'create', '--user-id', 'robot@team-a', '--namespace', 'team-a'];
  const { jwt } = await sidecar.cliJson<CreatedCredential>(create);
  const request = await recordCheckRequest(home, 'verify.localhost', '/api/things', jwt);
  const frameFile = join(home, 'request.bin');
  writeFileSync(frameFile, frame(request));
  return { name, port: sidecar.grpcPort, pid: sidecar.child().pid, request, frameFile };
}

/** The server of fixed bytes; they are those that Sallyport answers with, so that both send as much. */
async function startYardstick(measured: AskedContestant): Promise<Contestant> {
  const answer = await askOnce(measured.port, measured.request);
  if (!answer.includes('x-pomerium-jwt-assertion')) throw new Error('the Check to measure is not allowed');
  const answerFile = join(folder, 'answer.bin');
  writeFileSync(answerFile, answer);
  const port = await freePort();
  const server = fileURLToPath(new URL('fixed-server.ts', import.meta.url));
  const yardstick = startChild([
    ...onCore(0),
    process.execPath,
    '--import',
    'tsx',
    server,
    String(port),
    answerFile,
  ]);
  children.push(() => yardstick);
  const ready = () =>
    askOnce(port, measured.request).then(
      () => true,
      () => false,
    );
  await waitUntilReady('the yardstick', yardstick, ready);
  return { ...measured, name: 'yardstick: grpc-js, fixed bytes', port, pid: yardstick.pid };
}

async function startScaled(): Promise<Scaled[]> {
  const started: Scaled[] = [];
  for (const size of [
    { accounts: SMALL, impersonating: 0, routes: SMALL, credentials: 1 },
    { accounts, impersonating: 0, routes: ROUTES, credentials: 1 },
  ]) {
    const name = `${size.accounts.toLocaleString('en')} accounts`;
    const sidecar = await startScaledSidecar({
      folder: join(folder, `scale-${size.accounts}`),
      size,
      launcher: onCore(0),
      onStart: (child) => children.push(child),
      onProgress: (records) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${records.toLocaleString('en')} records`);
      },
    });
    if (process.stderr.isTTY) process.stderr.write('\n');
    started.push({ name, sidecar });
  }
  return started;
}

async function measureFirstChecks(scaled: readonly Scaled[]): Promise<FirstChecksRow[]> {
  const rows: FirstChecksRow[] = [];
  for (const { name, sidecar } of scaled) {
    const { times: unsorted, failed } = await sidecar.firstChecks(FIRST_CHECKS, FIRST_CHECK_RATE);
    const times = [...unsorted].sort((a, b) => a - b);
    const at = (part: number) =>
      times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
    rows.push({ name, checks: times.length, failed, p50_ms: at(0.5), p99_ms: at(0.99) });
  }
  return rows;
}

/** A gRPC message as it is sent: not compressed, its length, itself. */
function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

async function runRounds(contestants: readonly Contestant[]): Promise<Map<string, Round[]>> {
  const measured = new Map<string, Round[]>(contestants.map(({ name }) => [name, []]));
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round += 1)
    for (const { name, port, pid, frameFile } of contestants) {
      const result = await measureRound({ port, pid, frameFile, calls, launcher: onCore(1) });
      if (round > 0) measured.get(name)?.push(result);
    }
  return measured;
}

function report(
  measured: ReadonlyMap<string, readonly Round[]>,
  firstChecks: readonly FirstChecksRow[],
): void {
  const rows = [...measured].map(([name, results]) => ({
    name,
    cpu_us_per_call: median(results.map((result) => result.cpuPerCall)),
    calls_per_second: median(results.map((result) => result.callsPerSecond)),
  }));
  const yardstick = rows[0]?.cpu_us_per_call ?? Number.NaN;
  const results = rows.map((row) => ({ ...row, ratio: row.cpu_us_per_call / yardstick }));
  const policies = measurePolicies();
  if (flags.output === 'json') {
    console.log(
      JSON.stringify({ machine, rounds, calls, results, first_checks: firstChecks, policies }, null, 2),
    );
    return;
  }
  console.log(`${describeMachine()}; median of ${rounds} rounds of ${calls} calls\n`);
  console.log(
    `${''.padEnd(34)}${'µs CPU a call'.padStart(15)}${'calls/s'.padStart(10)}${'ratio'.padStart(8)}`,
  );
  for (const { name, cpu_us_per_call, calls_per_second, ratio } of results)
    console.log(
      `${name.padEnd(34)}${cpu_us_per_call.toFixed(1).padStart(15)}${calls_per_second.toFixed(0).padStart(10)}${ratio.toFixed(2).padStart(8)}`,
    );
  if (firstChecks.length > 0)
    console.log(
      `\n${`first Checks, ${FIRST_CHECK_RATE} a second`.padEnd(34)}${'p50 ms'.padStart(15)}${'p99 ms'.padStart(10)}`,
    );
  for (const { name, checks, failed, p50_ms, p99_ms } of firstChecks)
    console.log(
      `${`${name} (${checks})`.padEnd(34)}${p50_ms.toFixed(1).padStart(15)}${p99_ms.toFixed(1).padStart(10)}${failed > 0 ? `  ${failed} failed` : ''}`,
    );
  console.log(`\n${''.padEnd(34)}${'µs'.padStart(15)}`);
  for (const { name, us } of policies) console.log(`${name.padEnd(34)}${us.toFixed(2).padStart(15)}`);
  if (!pinned) console.log('\nOne core only: server and load share it, so the numbers say little.');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
