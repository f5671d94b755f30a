import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { answersOk } from '../demo/child.ts';
import { freePort } from '../demo/free-port.ts';
import { loadSigningKeys } from '../src/tokens/key-file.ts';
import { httpRequestBytes } from '../test/envoy/messages.ts';
import { measureRound } from './measure-round.ts';
import { grpcFrame } from './scale/check-connection.ts';
import { scaleCaller } from './scale/scale-records.ts';
import { signCaller } from './scale/sign-caller.ts';

const size = { accounts: 1_000_000, impersonating: 200_000, routes: 10_000, credentials: 1 };
const caller = scaleCaller(size, 500000);
const { signer } = await loadSigningKeys('/tmp/sc-run/credential.json');
const jwt = await signCaller(signer, caller);
writeFileSync(
  '/tmp/sc-run/frame.bin',
  grpcFrame(
    httpRequestBytes({
      method: 'GET',
      path: caller.path,
      host: caller.host,
      headers: { 'x-pomerium-authorization': jwt },
    }),
  ),
);
const all = process.argv.slice(2).map((f) => f.split(' ').filter(Boolean));
const cs = await Promise.all(
  all.map(async (flags) => {
    const grpc = await freePort(),
      http = await freePort();
    const file = `/tmp/sc-run/cpu-${grpc}.yaml`;
    writeFileSync(
      file,
      stringify({
        listen: [`127.0.0.1:${grpc}`],
        admin: { listen: `127.0.0.1:${http}` },
        store: { redis: { url: `redis://127.0.0.1:17777` } },
        issuer: 'https://sallyport.localhost',
        audience: 'mesh.localhost',
        keys: { credential: '/tmp/sc-run/credential.json', assertion: '/tmp/sc-run/assertion.json' },
        log: { decisions: 'none' },
        check_timeout: '5s',
      }),
    );
    const child = spawn(
      'taskset',
      ['-c', '0', process.execPath, ...flags, '/tmp/sc/bin/sallyport.js', 'serve', '--config', file],
      { stdio: ['ignore', (await import('node:fs')).openSync('/tmp/sc-run/gc-' + grpc + '.log', 'w'), 'inherit'] },
    );
    process.once('exit', () => child.kill('SIGKILL'));
    while (!(await answersOk(`http://127.0.0.1:${http}/readyz`))) await new Promise((r) => setTimeout(r, 50));
    return { flags, grpc, pid: child.pid ?? 0, r: [] as number[], child };
  }),
);
for (let round = 0; round < 8; round++)
  for (const c of cs) {
    const r = await measureRound({
      port: c.grpc,
      pid: c.pid,
      frameFile: '/tmp/sc-run/frame.bin',
      calls: 30000,
      launcher: ['taskset', '-c', '1'],
    });
    if (round) c.r.push(r.cpuPerCall);
  }
for (const c of cs) {
  console.log(
    c.r
      .sort((a, b) => a - b)
      .map((x) => x.toFixed(1))
      .join(' '),
    '|',
    c.flags.join(' '),
  );
  c.child.kill('SIGTERM');
}
process.exit(0);
