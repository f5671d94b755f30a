// The yardstick as a process: `tsx bench/fixed-server.ts PORT FILE` answers every Check with the bytes of FILE, on the
// same library with the same options as the sidecar, and does nothing else.
import { readFileSync } from 'node:fs';
import { startCheckServer } from './start-check-server.ts';

const [port = '', file = ''] = process.argv.slice(2);
const bytes = readFileSync(file);
await startCheckServer(Number(port), () => bytes);
