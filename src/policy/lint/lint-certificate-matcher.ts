import type { SourceNode } from '../../text/source-node.ts';
import type { CriterionNotes } from './criterion-notes.ts';
import { lintStringMatcher, type TextKind } from './lint-string-matcher.ts';

const NAMES: TextKind = { name: 'names in a certificate' };

/** Looks at the conditions of a `client_certificate` that compiles. */
export function lintCertificateMatcher(data: SourceNode, notes: CriterionNotes): void {
  if (data.kind !== 'map') return;
  if (data.entries.length === 0) notes.fitsEverything(data, 'any certificate fits, if there is one');
  for (const entry of data.entries) {
    const { key, value } = entry;
    if (key.startsWith('san_')) {
      lintStringMatcher(value, NAMES, notes);
      if (value.kind === 'map' && value.entries.length > 1)
        notes.differs(
          entry,
          'there each operator may fit another name; here all of them are about one and the same',
        );
    } else if (value.kind === 'list' && value.items.length === 0)
      notes.neverHolds(entry, 'the list is empty');
  }
}
