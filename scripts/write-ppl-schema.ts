// Writes docs/ppl.schema.json. Run: node --import tsx scripts/write-ppl-schema.ts
import { writeFileSync } from 'node:fs';
import { createPplSchema } from '../src/policy/ppl-schema.ts';

writeFileSync(
  new URL('../docs/ppl.schema.json', import.meta.url),
  `${JSON.stringify(createPplSchema(), null, 2)}\n`,
);
