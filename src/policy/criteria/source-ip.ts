import { AddressRanges, parseAddressRange } from '../address-ranges.ts';
import type { CriterionKind } from '../criterion.ts';
import { TEXTS_SCHEMA } from '../criterion-data.ts';
import { lintAddresses } from '../lint/lint-addresses.ts';
import { describeNode } from '../policy-source.ts';
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
    const items = data.kind === 'list' ? data.items : [data];
    const ranges = items.map((item) => {
      const text = item.kind === 'scalar' && typeof item.value === 'string' ? item.value : undefined;
      const range = text === undefined ? undefined : parseAddressRange(text);
      if (range === undefined)
        problems.add(item, `expected an IP address or network such as 10.0.0.0/8, got ${describeNode(item)}`);
      return range;
    });
    const whole = ranges.filter((range) => range !== undefined);
    if (whole.length < ranges.length) return undefined;
    const table = new AddressRanges(whole);
    return ({ request: { ip } }) => (ip !== undefined && table.includes(ip) ? OK : UNAUTHORIZED);
  },
  unknowable: { part: 'address', reasons: [OK.name, UNAUTHORIZED.name] },
  cost: () => 4,
  lint: lintAddresses,
};
