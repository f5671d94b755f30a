import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { ResourceKind } from '../manifests/resource.ts';
import { formatResource, resourceDocument } from '../manifests/resource-text.ts';
import { addExamples } from './add-examples.ts';
import { type ChangeOptions, changeResources } from './change-resources.ts';
import type { CliContext } from './cli-context.ts';
import { KIND_HELP, parseKindArgument } from './kind-name.ts';
import { isTerminal } from './output.ts';
import { requireResource } from './read-resources.ts';
import { requestApply } from './request-change.ts';
import { REVOKE_OTHERS, REVOKE_OTHERS_HELP } from './revoke-others.ts';
import { addOperatorOptions } from './server-options.ts';
import { UsageError } from './usage-error.ts';
import { withClient } from './with-client.ts';
import { readResources, WrongFile } from './wrong-file.ts';

interface EditOptions extends ChangeOptions {
  readonly revokeOthers?: true;
}

export function addEdit(program: Command, context: CliContext): void {
  const command = addOperatorOptions(program.command('edit'))
    .summary('change a resource in an editor, and apply it')
    .description(
      'Opens the resource as YAML in the editor that VISUAL or EDITOR names (else vi), and applies the saved file. If apply fails, the file is kept and its path printed. Saving it unchanged changes nothing.',
    )
    .argument('<kind>', `one of ${KIND_HELP}; in any case, one or many`, parseKindArgument)
    .argument('<id>', 'the resource')
    .option('--dry-run', 'show what would change, and write nothing')
    .option(REVOKE_OTHERS, REVOKE_OTHERS_HELP)
    .action((kind: ResourceKind, id: string, options: EditOptions) => edit(context, kind, id, options));
  addExamples(command, [['sallyport edit policy readers', 'one policy']]);
}

async function edit(
  context: CliContext,
  kind: ResourceKind,
  id: string,
  options: EditOptions,
): Promise<void> {
  const editor = context.env.VISUAL || context.env.EDITOR || 'vi';
  const found = await withClient(context, options, (client) => requireResource(client, kind, id));
  const before = formatResource(resourceDocument(found.resource));
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-edit-'));
  const file = join(folder, `${id.replaceAll(/[^\w.-]/g, '_')}.yaml`);
  let isDone = false;
  try {
    writeFileSync(file, before, { mode: 0o600 });
    await runEditor(editor, file);
    const text = readFileSync(file, 'utf8');
    if (text === before) {
      isDone = true;
      return void context.stderr.write('Nothing was changed.\n');
    }
    await changeResources(context, options, async ({ report }) => {
      const resources = await readResources(report, [{ file, text }]);
      const [only] = resources;
      if (resources.length !== 1 || only?.kind !== kind || only.spec.id !== id)
        throw new WrongFile(`${file}: expected the ${kind} ${id} and nothing else`);
      return requestApply(resources, { prune: false, revokeOthers: options.revokeOthers === true });
    });
    isDone = true;
  } catch (error) {
    if (isTerminal(context.stderr)) context.stderr.write(`The edited file is ${file}\n`);
    throw error;
  } finally {
    if (isDone) rmSync(folder, { recursive: true });
  }
}

async function runEditor(editor: string, file: string): Promise<void> {
  // A shell, because the variables hold a command line, such as `code --wait`.
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, editor, file], { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new UsageError(`the editor ${JSON.stringify(editor)} ended with ${code}: set EDITOR`);
}
