import { z } from 'zod';
import type { TelemetryWrites } from '../store/telemetry-writes.ts';

/** Decisions that are read at once. */
const PAGE = 1000;

const UsedCredential = z.object({ event: z.literal('decision'), credential_id: z.string(), kid: z.string() });

/**
 * The `kid` of each credential that the stored decisions name: for credentials that an older version issued, which recorded none.
 * A decision names it only after the signature was verified.
 */
export async function findKidsInUse(
  side: Pick<TelemetryWrites, 'readDecisions'>,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const kids = new Map<string, string>();
  let after: string | undefined;
  while (kids.size < wanted.size) {
    const page = await side.readDecisions(after, PAGE);
    for (const { line } of page) {
      const used = readUse(line);
      if (used && wanted.has(used.credential_id)) kids.set(used.credential_id, used.kid);
    }
    after = page.at(-1)?.cursor;
    if (page.length < PAGE) break;
  }
  return kids;
}

function readUse(line: string): z.infer<typeof UsedCredential> | undefined {
  try {
    return UsedCredential.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
