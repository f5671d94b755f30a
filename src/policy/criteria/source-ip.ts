import { AddressRanges, parseAddressRange } from '../address-ranges.ts';
import type { CriterionKind } from '../criterion.ts';
import { TEXTS_SCHEMA } from '../criterion-data.ts';
import { lintAddresses } from '../lint/lint-addresses.ts';
import { readTexts } from '../read-scalar.ts';
import { reasonOf } from '../reason.ts';

const OK = reasonOf('source-ip-ok');
const UNAUTHORIZED = reasonOf('source-ip-unauthorized');

const SCHEMA = {
  description: 'An IP address or network such as 10.0.0.0/8, or a list of them.',
  ...TEXTS_SCHEMA,
};

/** Holds where the request's address is one of those given or lies in one of their networks. */
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
