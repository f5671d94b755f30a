import { z } from 'zod';
import { formatSteps, mistakesOf } from '../text/schema-mistakes.ts';
import { suggestName } from '../text/suggest-name.ts';
import {
  API_VERSION,
  type Resource,
  ResourceError,
  ResourceKind,
  type ResourceOrigin,
  writtenSchema,
} from './resource.ts';

/** @param at the path in the value that was read, from the outermost key */
export type ReportMistake = (path: string, message: string, at: readonly PropertyKey[]) => void;

const Envelope = z.looseObject({
  apiVersion: z.literal(API_VERSION, { error: `expected ${API_VERSION}` }),
  kind: z.string({ error: `expected one of ${ResourceKind.options.join(', ')}` }),
});

/**
 * A resource from a parsed YAML or JSON value; undefined if it is invalid, after reporting why.
 * @param above where the value is in the document
 */
export function readResourceValue(
  value: unknown,
  above: readonly PropertyKey[],
  origin: ResourceOrigin,
  report: ReportMistake,
): Resource | undefined {
  const envelope = Envelope.safeParse(value);
  if (!envelope.success) {
    reportIssues(envelope.error, above, '', report);
    return undefined;
  }
  const { apiVersion: _version, kind: named, ...spec } = envelope.data;
  const kind = ResourceKind.safeParse(named).data;
  if (kind === undefined) {
    report(
      'kind',
      `expected one of ${ResourceKind.options.join(', ')}, not ${JSON.stringify(named)}${suggestName(named, ResourceKind.options)}`,
      [...above, 'kind'],
    );
    return undefined;
  }
  const parsed = writtenSchema(kind).safeParse(spec);
  if (parsed.success) return { kind, spec: parsed.data, origin } as Resource;
  const subject = `${kind} ${typeof spec.id === 'string' ? spec.id : '(no id)'}`;
  reportIssues(parsed.error, above, subject, report);
  return undefined;
}

function reportIssues(
  error: z.ZodError,
  above: readonly PropertyKey[],
  subject: string,
  report: ReportMistake,
): void {
  const item = subject === '' ? formatSteps(above) : subject;
  for (const { path, message } of mistakesOf(error))
    report([item, formatSteps(path)].filter((part) => part !== '').join(': '), message, [...above, ...path]);
}

/** A resource from its fields, without `apiVersion` and `kind`. Throws `ResourceError`. */
export function parseResource<K extends ResourceKind>(
  kind: K,
  fields: unknown,
  origin: ResourceOrigin,
): Resource<K> {
  const parsed = writtenSchema(kind).safeParse(fields);
  if (parsed.success) return { kind, spec: parsed.data, origin } as Resource<K>;
  throw new ResourceError(
    mistakesOf(parsed.error).map(({ path, message }) => ({ origin, path: path.join('.'), message })),
  );
}
