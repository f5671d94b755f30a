import { writeFileSync } from 'node:fs';
import { writeConfigurationDoc } from './docs/configuration-doc.ts';

writeFileSync(new URL('../docs/configuration.md', import.meta.url), writeConfigurationDoc());
