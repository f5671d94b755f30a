import type { Command } from 'commander';
import { API_PREFIX } from '../contract/contract.ts';
import { API_VERSION } from '../manifests/resource.ts';
import { STORE_FORMAT } from '../store/store-format.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { type CommonOptions, outputOption } from './command-options.ts';
import { printJson } from './output.ts';
import { printFields } from './print-table.ts';

export function addVersion(program: Command, context: CliContext, version: string): void {
  const command = program
    .command('version')
    .summary('show the versions of the program and of what it reads and writes')
    .addOption(outputOption())
    .action(({ output }: Pick<CommonOptions, 'output'>) => {
      const versions = {
        sallyport: version,
        node: process.version,
        store_format: STORE_FORMAT,
        admin_api: API_PREFIX.slice(API_PREFIX.lastIndexOf('/') + 1),
        resources: API_VERSION,
      };
      if (output === 'json') return printJson(context.stdout, versions);
      printFields(context, [
        ['sallyport', version],
        ['Node', versions.node],
        ['Store format', String(STORE_FORMAT)],
        ['Admin API', versions.admin_api],
        ['Resources', API_VERSION],
      ]);
    });
  addExamples(command, [['sallyport version -o json', 'for a script or a report of a fault']]);
}
