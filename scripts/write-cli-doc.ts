import { readFileSync, writeFileSync } from 'node:fs';
import { createProgram } from '../src/cli/run-cli.ts';
import { createContext } from '../test/support/command-line.ts';
import { writeCliDoc } from './docs/cli-doc.ts';

const file = new URL('../docs/cli.md', import.meta.url);
writeFileSync(file, writeCliDoc(readFileSync(file, 'utf8'), createProgram(createContext('/'), '')));
