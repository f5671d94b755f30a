import { InvalidArgumentError } from 'commander';
import { RESOURCE_KINDS } from '../contract/resource-kinds.ts';
import { ResourceKind } from '../manifests/resource.ts';
import { suggestName } from '../text/suggest-name.ts';

const KINDS: ReadonlyMap<string, ResourceKind> = new Map(
  ResourceKind.options.flatMap((kind) => {
    const { collection, shortNames } = RESOURCE_KINDS[kind];
    return [kind, collection, ...shortNames].map((name) => [bare(name), kind] as const);
  }),
);

/** One name of each kind, as shells complete it. */
export const KIND_NAMES = ResourceKind.options.map((kind) => RESOURCE_KINDS[kind].collection.toLowerCase());

/** How each kind may be written, for help texts. */
export const KIND_HELP = ResourceKind.options
  .map((kind) => `${kind} (${RESOURCE_KINDS[kind].shortNames.join(', ')})`)
  .join(', ');

/** Parses the name of a kind in any case: singular, plural or short. */
export function parseKindArgument(text: string): ResourceKind {
  const kind = KINDS.get(bare(text));
  if (kind !== undefined) return kind;
  throw new InvalidArgumentError(`expected one of ${KIND_HELP}${suggestName(text, KINDS.keys())}`);
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}
