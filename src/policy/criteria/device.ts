import type { SourceNode } from '../../text/source-node.ts';
import type { CriterionKind } from '../criterion.ts';
import { described, IS, mapSchema, TEXT_SCHEMA } from '../criterion-data.ts';
import { readFields } from '../read-fields.ts';
import { readText } from '../read-scalar.ts';
import { reasonOf } from '../reason.ts';

const OK = reasonOf('device-ok');
const NO_DEVICE = reasonOf('device-unauthenticated');
const UNAUTHENTICATED = reasonOf('user-unauthenticated');

const SCHEMA = mapSchema(
  {
    is: described(IS, TEXT_SCHEMA),
    type: described('The type of the device.', TEXT_SCHEMA),
    approved: described('Whether the device is approved.', {}),
  },
  { description: 'A service account has no device: holds only without is, type and approved.' },
);

/**
 * A service account has no device. So the criterion holds only if it requires nothing of a device, and then also for a
 * caller without a credential, as in Pomerium.
 */
export const device: CriterionKind = {
  name: 'device',
  data: { name: 'device', schema: SCHEMA },
  compile(data, problems) {
    const fields = readFields(data, ['is', 'approved', 'type'], problems);
    if (fields === undefined) return undefined;
    const texts = [fields.get('is'), fields.get('type')].map((field) =>
      field === undefined ? '' : readText(field, 'text', (text) => text, problems),
    );
    if (texts.includes(undefined)) return undefined;
    if (!wantsDevice(data)) return () => OK;
    return ({ subject }) => (subject === undefined ? UNAUTHENTICATED : NO_DEVICE);
  },
  lint(data, notes) {
    if (wantsDevice(data)) notes.neverHolds(data, 'a service account has no device');
    else
      notes.fitsEverything(
        data,
        'it requires no device, so it holds for every caller, also without a credential',
      );
  },
};

/** `approved` is read as a JavaScript boolean: the text "false" is true. */
function wantsDevice(data: SourceNode): boolean {
  const entries = data.kind === 'map' ? data.entries : [];
  return entries.some(
    ({ key, value }) => key !== 'approved' || value.kind !== 'scalar' || Boolean(value.value),
  );
}
