// Another process that writes beside the records: `side-writer.ts PATH COUNT`.

import { CredentialId } from '../../../src/credentials/credential-id.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';

const [path = '', count = '0'] = process.argv.slice(2);
const two = CredentialId.parse('two');
if (!two) throw new Error('two is no id');
const store = await openEmbeddedStore({ path, decisionsLength: 100 });
for (let n = 0; n < Number(count); n++) {
  await store.telemetry.appendDecisions([`there ${n}`]);
  await store.telemetry.touchLastUsed(new Map([[two, n + 1]]));
}
await store.close();
