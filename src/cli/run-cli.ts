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
  addServe(program, context);
  addAdmin(program, context);
  addBesideServe(program, context);
  addBootstrap(program, context);
  for (const add of [addApply, addExport, addGet, addDescribe, addEdit, addDelete]) add(program, context);
  addExplain(program, context);
  for (const add of [addLogin, addLogout, addWhoami]) add(program, context);
  addBackup(program, context);
  addRestore(program, context);
  addVersion(program, context, version);
  addCompletion(program, context);

  const sa = program
    .command('sa')
    .summary('service accounts and their credentials')
    .description('Service accounts and their credentials.');
  for (const add of [
    addSaCreate,
    addSaList,
    addSaShow,
    addSaUpdate,
    addSaRotate,
    addSaRevoke,
    addSaDisable,
    addSaDelete,
  ])
    add(sa, context);
  const key = program
    .command('key')
    .summary('the keys that sign credentials and assertions')
    .description('The keys that sign credentials and assertions.');
  for (const add of [addKeyInit, addKeyList, addKeyRotate, addKeyPromote, addKeyRemove]) add(key, context);
  const policy = program
    .command('policy')
    .summary('policies')
    .description('Policies: what is wrong with them, and what they decide.');
  for (const add of [addPolicyLint, addPolicyTest, addPolicyTry]) add(policy, context);
  const decisions = program
    .command('decisions')
    .summary('what was decided lately')
    .description('Decisions that the sidecars of the store made lately.');
  for (const add of [addDecisionsTail, addDecisionsExport]) add(decisions, context);
  const activity = program
    .command('activity')
    .summary('who changed what')
    .description('The activity log: every change, who made it, and how it was before and after.');
  addActivityList(activity, context);
  const directory = program
    .command('directory')
    .summary('users and groups that accounts may stand for')
    .description('The directory: users whom service accounts may stand for, and their groups.');
  addDirectoryImport(directory, context);
  const profile = program
    .command('profile')
    .summary('admin APIs that are known here')
    .description('Profiles: admin APIs that are known here, each with a credential.');
  for (const add of [addProfileList, addProfileUse]) add(profile, context);
  const store = program.command('store').summary('the store itself').description('The store itself.');
  for (const add of [addStoreInit, addStoreAccept, addStoreRepair]) add(store, context);
  addConfigCheck(
    program.command('config').summary('the configuration').description('The configuration.'),
    context,
  );
  takeEverywhere(program, () => new Option(NO_COLOR, 'no colours, as with the variable NO_COLOR'));
  return program;
}

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
