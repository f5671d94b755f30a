import { writeFileSync } from 'node:fs';
import { writeConfigurationDoc } from '../src/config/configuration-doc.ts';

writeFileSync(new URL('../docs/configuration.md', import.meta.url), writeConfigurationDoc());
