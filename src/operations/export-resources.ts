import type { Operations } from '../contract/contract.ts';
import type { StoredResource } from '../manifests/resource.ts';
import { resourceDocument } from '../manifests/resource-text.ts';
import { sees } from '../roles/grants.ts';
import { inScope } from './list-page.ts';
import type { Implementation } from './operation-context.ts';
import { selectResources } from './select-resources.ts';

/** All resources that the caller may see, as `apply` takes them. */
export const exportResources: Implementation<Operations['resources']['export']> = async (
  { query: { namespace } },
  { reader, grants, tree },
) => {
  inScope(grants, await tree(), namespace);
  const selected = selectResources(reader, { namespace, sees: (id) => sees(grants, id) });
  return { body: { resources: [] }, items: documentsOf(selected) };
};

async function* documentsOf(resources: AsyncIterable<StoredResource>) {
  for await (const resource of resources) yield resourceDocument(resource);
}
