import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { formatResources, type ResourceDocument } from '../../src/manifests/resource-text.ts';
import { installTools, toolPath } from '../support/install-tools.ts';

/** Real PyYAML, which reads YAML 1.1 as Ansible does. A date, a time or a set would not be JSON, and fails. */
function readWithPyYaml(text: string): unknown {
  const program =
    'import sys, json, yaml; json.dump(list(yaml.safe_load_all(sys.stdin.buffer.read().decode())), sys.stdout)';
  const json = execFileSync(toolPath('pyyaml'), ['-c', program], {
    input: text,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    maxBuffer: 1 << 26,
  });
  return JSON.parse(json) as unknown;
}

const documentWith = (ppl: unknown): ResourceDocument => ({
  apiVersion: 'sallyport/v1alpha1',
  kind: 'Policy',
  id: 'p',
  ppl,
});

/** Each is text to us, and something else, or an error, where it stands plain in YAML 1.1. */
const OTHERWISE = [
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'n', 'N', 'no', 'No', 'NO', 'on', 'On', 'ON', 'off', 'Off', 'OFF'],
  ...['true', 'TRUE', 'false', 'null', 'Null', 'NULL', '~', ''],
  ...[
    '12:30',
    '9:00',
    '190:20:30',
    '190:20:30.15',
    '-1:30',
    '1_000',
    '1_000.5',
    '0b101',
    '0b1_0',
    '017',
    '0x1F',
    '0x_1',
  ],
  ...[
    '1',
    '-1',
    '+1',
    '1.',
    '.5',
    '+.5',
    '1.5e+3',
    '1e3',
    '0o17',
    '08',
    '.inf',
    '-.INF',
    '.nan',
    '.NaN',
    '._1',
    '0.',
  ],
  ...[
    '2026-01-31',
    '2026-1-31T9:00:00Z',
    '2026-01-31 09:00:00.5 +1',
    '=',
    '<<',
    '!x',
    '&x',
    '*x',
    '- x',
    '? x',
    '%x',
    '@x',
  ],
  ...[
    '10.0.0.0/8',
    '10.0.0.1',
    'mon-fri',
    '1-team',
    'a: b',
    'a #b',
    'x\ny',
    ' x',
    'x ',
    '\u2028',
    '\x85',
    '---',
    '...',
  ],
];

describe('what export writes', () => {
  before(() => installTools(['pyyaml']));

  test('is the same to a YAML 1.1 reader (PyYAML), as values, as keys and in lists', () => {
    const documents = OTHERWISE.map((text) =>
      documentWith({ user: text, list: [text], map: { [text]: text } }),
    );
    assert.deepEqual(readWithPyYaml(formatResources(documents)), documents);
  });

  test('has `user: no`, `on`, `12:30`, `1_000` and `9:00` in quotes', () => {
    for (const text of ['no', 'on', '12:30', '1_000', '9:00'])
      assert.match(formatResources([documentWith({ user: text })]), new RegExp(`^  user: "${text}"$`, 'm'));
  });

  test('has numbers that are numbers to both', () => {
    const numbers = [0, -1, 1.5, 1e21, 1e-7, 1.5e-7, 1.7976931348623157e308, 5e-324, -1e100, 2 ** 53];
    const documents = [documentWith({ numbers, true: true, null: null })];
    const text = formatResources(documents);
    assert.deepEqual(readWithPyYaml(text), documents);
    assert.deepEqual(
      parseAllDocuments(text).map((document): unknown => document.toJS()),
      documents,
    );
  });

  test('is the same to both whatever text of digits, signs and short words it holds', () => {
    const odd = fc.string({
      unit: fc.constantFrom(...'0123456789_:.eExXobn+-=<~!&*?#,[]{}|>@`%\'" \n\tyTZ'),
      maxLength: 12,
    });
    const texts = fc.sample(fc.oneof(odd, fc.string({ unit: 'grapheme', maxLength: 8 })), 4000);
    const documents = texts.map((text) => documentWith({ user: text, map: { [text]: [text] } }));
    const text = formatResources(documents);
    const read = readWithPyYaml(text);
    assert.ok(Array.isArray(read) && read.length === documents.length);
    for (const [index, document] of documents.entries())
      assert.deepEqual(read[index], document, JSON.stringify(texts[index]));
  });
});
