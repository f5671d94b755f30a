// `npm run test:compose`: the stack of docker-compose.yml on a clean copy of this checkout, and the README's commands on it.
//
// Needs Docker, or root and the script that makes stand-ins for the public images where none can be pulled. Takes its
// time, most of it for building the images, and ends with `N passed, N failed`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKS } from './checks.ts';
import { copyCheckout } from './copy-checkout.ts';
import { provideDocker } from './docker.ts';
import { openStack } from './stack.ts';

let passed = 0;
let failed = 0;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-compose-'));
const endings: (() => void)[] = [() => rmSync(folder, { recursive: true, force: true })];
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    end();
    process.exit(1);
  });

try {
  copyCheckout(folder);
  const docker = provideDocker();
  endings.push(docker.release);
  const stack = openStack(folder, docker);
  endings.push(stack.down);
  stack.build();
  for (const { name, check } of CHECKS) {
    const problem = await check(stack).then(() => undefined, describe);
    console.log(`${problem === undefined ? 'ok    ' : 'not ok'} ${name}${problem ? `\n${problem}` : ''}`);
    if (problem === undefined) passed += 1;
    else failed += 1;
    // Without it nothing else can hold.
    if (problem !== undefined && name === CHECKS[0]?.name) {
      console.log(stack.logs());
      break;
    }
  }
} catch (error) {
  console.log(`not ok ${describe(error)}`);
  failed += 1;
} finally {
  end();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function end(): void {
  for (const ending of endings.splice(0).reverse())
    try {
      ending();
    } catch (error) {
      console.log(`not ok, at the end: ${describe(error)}`);
      failed += 1;
    }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
