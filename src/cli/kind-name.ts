import { InvalidArgumentError } from 'commander';
import { ResourceKind } from '../manifests/resource.ts';
import { suggestName } from '../text/suggest-name.ts';

/** What a kind may be called, beside its own name and its plural. */
const SHORT_NAMES: Readonly<Record<ResourceKind, readonly string[]>> = {
  Namespace: ['ns'],
  DirectoryGroup: ['group', 'groups', 'dg'],
  DirectoryUser: ['user', 'users', 'du'],
  Policy: ['pol'],
  Route: ['rt'],
  ServiceAccount: ['account', 'accounts', 'sa'],
  RoleBinding: ['role', 'roles', 'rb'],
};

const KINDS: ReadonlyMap<string, ResourceKind> = new Map(
  ResourceKind.options.flatMap((kind) =>
    [kind, pluralOf(kind), ...SHORT_NAMES[kind]].map((name) => [bare(name), kind] as const),
  ),
);

/** One name of each kind, as shells complete it. */
export const KIND_NAMES = ResourceKind.options.map((kind) => pluralOf(kind).toLowerCase());

/** How each kind may be written, for help texts. */
export const KIND_HELP = ResourceKind.options
  .map((kind) => `${kind} (${SHORT_NAMES[kind].join(', ')})`)
  .join(', ');

/** A kind as people write it: in any case, one or many, short or whole. */
export function parseKindArgument(text: string): ResourceKind {
  const kind = KINDS.get(bare(text));
  if (kind !== undefined) return kind;
  throw new InvalidArgumentError(`expected one of ${KIND_HELP}${suggestName(text, KINDS.keys())}`);
}

function pluralOf(kind: ResourceKind): string {
  return kind === 'Policy' ? 'policies' : `${kind}s`;
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}
