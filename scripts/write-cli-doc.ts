import { readFileSync, writeFileSync } from 'node:fs';
import { writeCliDoc } from '../src/cli/cli-doc.ts';
import { describeProgram } from '../src/cli/run-cli.ts';

const file = new URL('../docs/cli.md', import.meta.url);
writeFileSync(file, writeCliDoc(readFileSync(file, 'utf8'), describeProgram()));
