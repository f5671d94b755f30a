import type { AdminClient, Asking } from '../../client/admin-client.ts';
import { OPERATIONS } from '../../contract/contract.ts';
import type { RecordedDecision } from '../../explain/recorded-decision-schema.ts';
import { TrialCounts, type TrialDescription } from '../../explain/trial-counts.ts';
import { noPolicyToReplace, parseTriedPolicies } from '../../operations/tried-policies.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import type { TryRequest } from './operator.ts';
import { findRemote } from './remote-listing.ts';
import { inShadow } from './try-in-surroundings.ts';

const { try: operation } = OPERATIONS.policies;

/** What one request may hold: decisions, and characters of them. */
const CHUNK = { decisions: 2000, characters: 4 * 1024 * 1024 };

type Tried = Pick<NonNullable<Asking<typeof operation>['body']>, 'policies' | 'documents'>;

/** Has a server judge recorded decisions, as many at once as it takes. */
export async function tryRemotely(client: AdminClient, request: TryRequest): Promise<TrialDescription> {
  const { note, decisions } = request;
  const tried = await readTried(client, request);
  const counts = new TrialCounts();
  let leftOut = 0;
  let chunk: RecordedDecision[] = [];
  let characters = 0;
  const judge = async () => {
    if (chunk.length === 0) return;
    const answer = await client.call(operation, { body: { ...tried, decisions: chunk } });
    chunk = [];
    characters = 0;
    leftOut += answer.left_out;
    counts.addDescribed({ ...answer, lines_without_decision: 0 });
  };
  for await (const decision of decisions) {
    if (decision === undefined) counts.addOther();
    else {
      chunk.push(decision);
      characters += JSON.stringify(decision).length;
      if (chunk.length === CHUNK.decisions || characters >= CHUNK.characters) await judge();
    }
  }
  await judge();
  if (leftOut > 0) note(`left out ${leftOut} decisions, of namespaces that you do not see`);
  return counts.describe();
}

/** Rejects for what can't be tried, as it would be refused here. */
async function readTried(client: AdminClient, { source, id, note }: TryRequest): Promise<Tried> {
  if (id === undefined) {
    const policies = parseTriedPolicies(source);
    for (const policy of policies) if (policy.mode === 'shadow') note(inShadow(policy.id));
    for (const { ppl } of policies) compilePolicy(ppl);
    return { policies };
  }
  const found = await findRemote(client, 'Policy', id, false);
  if (found?.resource.kind !== 'Policy') throw noPolicyToReplace(id, source);
  if (found.resource.spec.mode === 'shadow') note(inShadow(id));
  compilePolicy(source.text);
  return { documents: [{ id, ppl: source.text }] };
}
