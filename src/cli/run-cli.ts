import { Command, Option } from 'commander';
import { addActivityList } from './activity-list.ts';
import { addAdmin, addBesideServe } from './admin.ts';
import { addApply } from './apply.ts';
import { addBackup } from './backup.ts';
import { addBootstrap } from './bootstrap.ts';
import type { CliContext } from './cli-context.ts';
import { COMPLETE, complete } from './complete.ts';
import { addCompletion } from './completion.ts';
import { addConfigCheck } from './config-check.ts';
import { addDecisionsExport } from './decisions-export.ts';
import { addDecisionsTail } from './decisions-tail.ts';
import { addDelete } from './delete.ts';
import { addDescribe } from './describe.ts';
import { addDirectoryImport } from './directory-import.ts';
import { addEdit } from './edit.ts';
import { ExitQuietly } from './exit-quietly.ts';
import { addExplain } from './explain.ts';
import { addExport } from './export.ts';
import { addGet } from './get.ts';
import { addKeyInit } from './key-init.ts';
import { addKeyList } from './key-list.ts';
import { addKeyPromote, addKeyRemove } from './key-remove.ts';
import { addKeyRotate } from './key-rotate.ts';
import { addLogin } from './login.ts';
import { addLogout } from './logout.ts';
import { addPolicyLint } from './policy-lint.ts';
import { addPolicyTest } from './policy-test.ts';
import { addPolicyTry } from './policy-try.ts';
import { addProfileList } from './profile-list.ts';
import { addProfileUse } from './profile-use.ts';
import { reportError } from './report-error.ts';
import { addRestore } from './restore.ts';
import { addSaCreate } from './sa-create.ts';
import { addSaDelete, addSaDisable } from './sa-delete.ts';
import { addSaList } from './sa-list.ts';
import { addSaRevoke } from './sa-revoke.ts';
import { addSaRotate } from './sa-rotate.ts';
import { addSaShow } from './sa-show.ts';
import { addSaUpdate } from './sa-update.ts';
import { addServe } from './serve.ts';
import { addStoreAccept } from './store-accept.ts';
import { addStoreInit } from './store-init.ts';
import { addStoreRepair } from './store-repair.ts';
import { addVersion } from './version.ts';
import { addWhoami } from './whoami.ts';

/** Runs one command line; resolves with the exit code. */
export async function runCli(
  args: readonly string[],
  surroundings: CliContext,
  version: string,
): Promise<number> {
  const [verb, ...words] = args;
  const isPlain = args.includes(NO_COLOR);
  const context = isPlain ? { ...surroundings, env: { ...surroundings.env, NO_COLOR: '1' } } : surroundings;
  const program = createProgram(context, version);
  try {
    if (verb === COMPLETE) await complete(program, words, context);
    else await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof ExitQuietly) return error.exitCode;
    return reportError(context.stderr, error, wantsJson(args) ? 'json' : 'table');
  }
}

const NO_COLOR = '--no-color';

/** Every verb, ready to parse. */
export function createProgram(context: CliContext, version: string): Command {
  const program = new Command('sallyport')
    .description('Service accounts for any Envoy mesh.')
    .version(version, '-V, --version')
    .addHelpText(
      'after',
      '\nTo begin: sallyport serve, and beside it sallyport sa create --user-id me --namespace global',
    );
  configure(program, context);
  for (const add of [addServe, addAdmin, addBesideServe, addBootstrap]) add(program, context);
  for (const add of [addApply, addExport, addGet, addDescribe, addEdit, addDelete]) add(program, context);
  for (const add of [addExplain, addLogin, addLogout, addWhoami]) add(program, context);
  for (const add of [addBackup, addRestore]) add(program, context);
  addVersion(program, context, version);
  addCompletion(program, context);

  for (const [name, summary, description, verbs] of GROUPS) {
    const group = program.command(name).summary(summary).description(description);
    for (const add of verbs) add(group, context);
  }
  takeEverywhere(program, () => new Option(NO_COLOR, 'no colours, as with the variable NO_COLOR'));
  return program;
}

type AddVerb = (command: Command, context: CliContext) => void;

const GROUPS: readonly (readonly [
  name: string,
  summary: string,
  description: string,
  verbs: readonly AddVerb[],
])[] = [
  [
    'sa',
    'service accounts and their credentials',
    'Service accounts and their credentials.',
    [addSaCreate, addSaList, addSaShow, addSaUpdate, addSaRotate, addSaRevoke, addSaDisable, addSaDelete],
  ],
  [
    'key',
    'the keys that sign credentials and assertions',
    'The keys that sign credentials and assertions.',
    [addKeyInit, addKeyList, addKeyRotate, addKeyPromote, addKeyRemove],
  ],
  [
    'policy',
    'policies',
    'Policies: what is wrong with them, and what they decide.',
    [addPolicyLint, addPolicyTest, addPolicyTry],
  ],
  [
    'decisions',
    'recent decisions',
    'Recent decisions of the sidecars that share the store.',
    [addDecisionsTail, addDecisionsExport],
  ],
  [
    'activity',
    'who changed what',
    'The activity log: every change, who made it, and the values before and after.',
    [addActivityList],
  ],
  [
    'directory',
    'users and groups that accounts may impersonate',
    'The directory: users whom service accounts may impersonate, and their groups.',
    [addDirectoryImport],
  ],
  [
    'profile',
    'saved admin APIs',
    'Profiles: saved admin APIs, each with a credential.',
    [addProfileList, addProfileUse],
  ],
  ['store', 'the store itself', 'The store itself.', [addStoreInit, addStoreAccept, addStoreRepair]],
  ['config', 'the configuration', 'The configuration.', [addConfigCheck]],
];

/** An option that each verb takes, and that the help of the program alone names. */
function takeEverywhere(program: Command, create: () => Option): void {
  program.addOption(create());
  const add = (command: Command) => {
    for (const verb of command.commands) {
      verb.addOption(create().hideHelp());
      add(verb);
    }
  };
  add(program);
}

/** Errors are thrown, and everything goes to the context's streams. Verbs added later inherit it. */
function configure(command: Command, { stdout, stderr }: CliContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void stdout.write(text),
    writeErr: (text) => void stderr.write(text),
    // What is wrong is said where every other error is.
    outputError: () => undefined,
  });
}

/** Read by hand, because an error may come before the options are parsed. */
function wantsJson(args: readonly string[]): boolean {
  return args.some((arg, index) =>
    /^(?:--output|-o)$/.test(arg) ? args[index + 1] === 'json' : /^(?:--output=|-o=?)json$/.test(arg),
  );
}
