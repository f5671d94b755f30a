import { quote, type SourceNode } from '../../text/source-node.ts';
import { AddressRanges, parseAddressRange } from '../address-ranges.ts';
import type { CriterionKind } from '../criterion.ts';
import { TEXTS_SCHEMA } from '../criterion-data.ts';
import type { CriterionNotes } from '../lint/criterion-notes.ts';
import { readTexts } from '../read-scalar.ts';
import { reasonOf } from '../reason.ts';

const OK = reasonOf('source-ip-ok');
const UNAUTHORIZED = reasonOf('source-ip-unauthorized');

const SCHEMA = {
  description: 'An IP address or network such as 10.0.0.0/8, or a list of them.',
  ...TEXTS_SCHEMA,
};

/** Holds if the request's address is one of these addresses or in one of these networks. */
export const sourceIp: CriterionKind = {
  name: 'source_ip',
  data: { name: 'source-ip', schema: SCHEMA },
  uses: 'sourceIp',
  compile(data, problems) {
    const expected = 'an IP address or network such as 10.0.0.0/8';
    const ranges = readTexts(data, expected, parseAddressRange, problems);
    if (ranges === undefined) return undefined;
    const table = new AddressRanges(ranges);
    return ({ request: { ip } }) => (ip !== undefined && table.includes(ip) ? OK : UNAUTHORIZED);
  },
  unknowable: { part: 'address', reasons: [OK.name, UNAUTHORIZED.name] },
  cost: () => 4,
  lint: lintAddresses,
};

/** Checks the addresses and networks of a `source_ip` that compiles. */
function lintAddresses(data: SourceNode, notes: CriterionNotes): void {
  const items = data.kind === 'list' ? data.items : [data];
  if (items.length === 0) notes.neverHolds(data, 'the list is empty');
  const texts = items.map((item) => (item.kind === 'scalar' ? String(item.value) : ''));
  for (const [index, text] of texts.entries()) {
    const item = items[index] ?? data;
    const [address = '', bits] = text.split('/');
    const isUnspecified = /^[0:.]+$/.test(address);
    if (isUnspecified && bits === undefined)
      notes.warn(item, `no client has the address ${text}; for every address of its family write ${text}/0`);
    else if (isUnspecified && bits === '0') lintWholeFamily(item, text, texts, notes);
    else if (bits !== undefined && hasHostBits(address, bits))
      notes.warn(item, `${quote(text)} is a network: every address with the same first ${bits} bits matches`);
  }
}

/** Whether the address has bits after the network's prefix. */
function hasHostBits(address: string, bits: string): boolean {
  const network = parseAddressRange(`${address}/${bits}`);
  const alone = parseAddressRange(address);
  return alone !== undefined && network?.first.some((word, index) => word !== alone.first[index]) === true;
}

function lintWholeFamily(
  item: SourceNode,
  text: string,
  texts: readonly string[],
  notes: CriterionNotes,
): void {
  const other = text.includes(':') ? '0.0.0.0/0' : '::/0';
  const hasOther = texts.some((each) => each.endsWith('/0') && each.includes(':') !== text.includes(':'));
  if (!hasOther)
    notes.warn(
      item,
      `${text} holds no ${text.includes(':') ? 'IPv4' : 'IPv6'} address; add ${other} for those`,
    );
}
