// A registry mirror may hold a library's binary for this platform and not those for others. `npm install` then leaves the
// others out of package-lock.json without a word, and `npm ci` refuses such a file. This puts them back: version and
// platform are all that npm needs to know of a package that it will not install here.
//
//   node scripts/complete-lockfile.js        after `npm install` of anything
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../package-lock.json', import.meta.url);
const PLATFORM =
  /(aix|android|darwin|freebsd|linux|netbsd|openbsd|sunos|win32)-(arm64|arm|ia32|x64)(?:-(musl|glibc))?$/;

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const added = [];
for (const [place, { optionalDependencies = {}, dev, license }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const [, os, cpu, libc] = PLATFORM.exec(name) ?? [];
    const known = [`node_modules/${name}`, `${place}/node_modules/${name}`].some(
      (path) => path in lock.packages,
    );
    if (os === undefined || known || !/^\d+\.\d+\.\d+$/.test(version)) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(dev && { dev }),
      ...(license && { license }),
      ...(libc && { libc: [libc] }),
      optional: true,
      os: [os],
    };
    added.push(name);
  }
}
if (added.length > 0) {
  const [root, ...rest] = Object.entries(lock.packages);
  const sorted = rest.sort(([a], [b]) => (a < b ? -1 : 1));
  lock.packages = Object.fromEntries([root, ...sorted]);
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
}
process.stdout.write(added.length === 0 ? 'package-lock.json is complete\n' : `added ${added.join(', ')}\n`);
