import { mistakesOf } from '../text/schema-mistakes.ts';
import {
  type Resource,
  ResourceError,
  type ResourceKind,
  type ResourceOrigin,
  writtenSchema,
} from './resource.ts';

/** A resource from its fields, without `apiVersion` and `kind`. Throws `ResourceError`. */
export function parseResource(kind: ResourceKind, fields: unknown, origin: ResourceOrigin): Resource {
  const parsed = writtenSchema(kind).safeParse(fields);
  if (parsed.success) return { kind, spec: parsed.data, origin } as Resource;
  throw new ResourceError(
    mistakesOf(parsed.error).map(({ path, message }) => ({ origin, path: path.join('.'), message })),
  );
}
