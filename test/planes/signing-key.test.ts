// docs/decisions/0003: the data plane holds no private key that signs credentials. What is found in the control plane by the same search,
// and the assertion's key in the data plane, show that the search finds what is there.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Operator, SCHEMES } from '../support/admin-story.ts';
import { readToken } from '../support/forge-token.ts';
import { memoryDumpsIn } from '../support/memory-dump.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type PrivateKeyNeedles, privateKeysIn } from './private-key-needles.ts';
import { memoryOf } from './process-memory.ts';
import { scanMemory } from './scan-memory.ts';

for (const algorithm of ['EdDSA', 'ES256'])
  describe(`credentials signed with ${algorithm}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-scan-'));
    const dumps = memoryDumpsIn(folder);
    let stack: Stack;
    let operator: Operator;
    /** Every key that signed credentials here. */
    let signers: PrivateKeyNeedles[] = [];
    const keyFile = (name: string) => join(stack.folder, 'store', 'keys', `${name}.jwks.json`);
    before(async () => {
      stack = await startStack({ keys: { algorithm } }, { controlPlane: true, launcher: dumps.launcher });
      const { jwt } = await stack.sidecar.cliJson<{ jwt: string }>(['bootstrap', '--id', 'operator']);
      operator = new Operator({ adminPort: stack.sidecar.adminPort, operator: jwt });
      signers = privateKeysIn(keyFile('credential'));
      assert.equal(await useNewCredential('first'), signers[0]?.kid);
      // The second key is made while both processes run.
      await stack.sidecar.cliJson(['key', 'rotate', 'credential']);
      const known = new Set(signers.map(({ kid }) => kid));
      signers.push(...privateKeysIn(keyFile('credential')).filter(({ kid }) => !known.has(kid)));
      assert.equal(signers.length, 2);
      let made = 0;
      await waitUntil('a credential of the new key', async () => {
        made += 1;
        return (await useNewCredential(`later-${made}`)) === signers[1]?.kid;
      });
    });
    after(async () => {
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    /** Has the control plane sign a credential, and the data plane let it in; the name of the key that signed it. */
    async function useNewCredential(id: string): Promise<string> {
      const jwt = await operator.make({ id, namespace: 'team-a', user_id: `robot-${id}` });
      // The data plane takes up a new key a moment after the control plane does.
      const call = () => stack.call({ headers: [SCHEMES[0](jwt)] });
      await waitUntil('the credential to be let in', async () => (await call()).status === 200);
      return String(readToken(jwt).header.kid);
    }

    test('the search finds the assertion key in the data plane, which signs assertions', () => {
      const pid = stack.sidecar.child().pid;
      const [key] = privateKeysIn(keyFile('assertion'));
      assert.ok(key);
      const { found, scanned } = scanMemory(pid, key.needles);
      assert.notDeepEqual(found, []);
      assert.ok(
        scanned >= 0.9 * (memoryOf(pid)?.resident ?? Infinity),
        `${scanned} bytes were looked through`,
      );
    });

    test('the search finds the keys that sign credentials in the control plane', () => {
      const pid = stack.sidecar.controlPlanePid();
      for (const { kid, needles } of signers)
        assert.notDeepEqual(scanMemory(pid, needles).found, [], `of the key ${kid}`);
    });

    test('no part of a key that signs credentials is in the memory of the data plane', async () => {
      const pid = stack.sidecar.child().pid;
      for (const { kid, needles } of signers)
        assert.deepEqual(scanMemory(pid, needles).found, [], `of the key ${kid}`);
      const { strings, buffers } = await dumps.take(pid);
      for (const { kid, needles } of signers) {
        assert.ok(strings.includes(kid), `the dump holds the name of the key ${kid}`);
        for (const [name, needle] of needles) {
          assert.ok(!strings.includes(needle), `a string of the heap holds ${name} of the key ${kid}`);
          assert.ok(!buffers.includes(needle), `a buffer holds ${name} of the key ${kid}`);
        }
      }
    });
  });
