import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { readYaml, type YamlRules } from '../../src/text/read-yaml.ts';
import { offsetAt, plainValue } from '../../src/text/source-node.ts';
import { TextLines } from '../../src/text/text-lines.ts';

const RULES: YamlRules = { maxCharacters: 10_000, maxDepth: 20, maxRepeated: 100 };

function read(text: string, rules: Partial<YamlRules> = {}) {
  const lines = new TextLines(text);
  const mistakes: string[] = [];
  const documents = [
    ...readYaml(text, { ...RULES, ...rules }, ({ path, offset = 0 }, message) => {
      const { line, column } = lines.at(offset);
      mistakes.push(`${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`);
    }),
  ];
  return { documents, mistakes };
}

const valuesOf = (text: string) =>
  read(text).documents.map(({ root }) => (root === undefined ? undefined : plainValue(root)));

describe('a mistake has its line, its column and its cause', () => {
  const CAUSES: readonly (readonly [what: string, text: string, ...mistakes: string[]])[] = [
    [
      'a host with a bare *',
      'hosts:\n  - *.example.com\n',
      '2:5: hosts[0]: quote it: "*.example.com" (a bare * starts an alias, and there is no anchor ".example.com")',
    ],
    ['a bare * alone', 'a: *\n', '1:4: quote it: "*" (a bare * starts an alias)'],
    ['a bare &', 'a: & b\n', '1:4: quote it: "& b" (a bare & names an anchor)'],
    ['a bare @', 'a: @b # c\n', '1:4: quote it: "@b" (no plain text starts with @)'],
    ['a bare %', 'a: %b\n', '1:4: quote it: "%b" (no plain text starts with %)'],
    ['a bare backtick', 'a: `b`\n', '1:4: quote it: "`b`" (no plain text starts with `)'],
    ['a tag', 'a: !b c\n', '1:4: quote it: "!b c" (a bare ! starts a tag); tags are not taken'],
    ['a tab', 'a:\n\tb: 1\n', '2:1: expected spaces: YAML is not indented with tabs'],
    ['a repeated key', 'a: {b: 1, b: 2}\n', '1:11: a.b: expected each key once, found it again'],
    ['a key that is a list', '[1]: 2\n', '1:1: expected a name as key'],
    ['an unclosed "', 'a: "x\nb: 1\n', '1:4: the closing " is missing'],
    ["an unclosed '", "a: 1\nb: 'x\nc: 1\n", "2:4: the closing ' is missing"],
    ['an unclosed [', 'a: [1\nb: 2\n', '2:1: the closing ] is missing, or is indented too little'],
    ['an unclosed {', 'a: {b: 1', '1:9: the closing } is missing, or is indented too little'],
    ['a colon in plain text', 'a: b: c\n', '1:4: quote it: "b: c" (a colon and a space start a value)'],
    ['a key without a space', 'a:b\nc: d\n', '1:1: expected a colon and a space after the key'],
    [
      'a key below a value',
      'a: 1\n  b: 2\n',
      '2:1: expected no key below a value: indent it as the key of that value',
    ],
    ['a key to the left', ' a: 1\nb: 2\n', '2:1: expected the indentation of the lines above'],
    ['an item among keys', 'a: 1\n- b\n', '2:1: expected a key, found an item'],
    ['a list beside its key', 'a: - b\n', '1:4: expected the list on lines of its own, below the key'],
    ['text after quoted text', 'a: "x" y\n', '1:8: expected nothing more after the value: quote all of it'],
    ['a closing bracket alone', 'a: ]\n', '1:4: did not expect "]" here'],
    [
      'a backslash in double quotes',
      'a: "\\d"\n',
      '1:5: expected \\\\ for a backslash in double quotes; in single quotes it stands for itself',
    ],
    [
      'text beside | or >',
      'a: > x\n',
      '1:6: expected nothing after | or >, which start text of several lines below: quote text of one line',
    ],
    ['an endless number', 'a: .inf\n', '1:4: a: expected text, a finite number, true, false or null'],
    ['YAML 1.1', '%YAML 1.1\n---\na: no\n', '2:1: expected YAML 1.2, which reads some plain texts otherwise'],
    [
      'several mistakes',
      'a: @b\nc: d\ne: `f`\n',
      '1:4: quote it: "@b" (no plain text starts with @)',
      '3:4: quote it: "`f`" (no plain text starts with `)',
    ],
  ];
  for (const [what, text, ...expected] of CAUSES)
    test(what, () => assert.deepEqual(read(text).mistakes, expected));

  test('and of a secret text nothing is repeated', () => {
    for (const [, text] of CAUSES) {
      const secret = text.replaceAll(/[a-z]+/gi, 'hunter');
      const { mistakes } = read(secret, { isSecret: true, maxRepeated: 0 });
      // The path is for the caller to leave out.
      for (const mistake of mistakes)
        assert.doesNotMatch(mistake.replace(/^[\d:]+ \S*hunter\S*: /, ''), /hunter/);
    }
  });
});

describe('what is read', () => {
  test('has the place of every node, and of what is missing that of what would hold it', () => {
    const text = 'a:\n  b: [1, {c: x}]\n';
    const [document] = read(text).documents;
    assert.ok(document?.root);
    const { root } = document;
    const at = (...path: (string | number)[]) => {
      const { line, column } = new TextLines(text).at(offsetAt(root, path) ?? -1);
      return `${line}:${column}`;
    };
    assert.deepEqual(
      [at(), at('a'), at('a', 'b'), at('a', 'b', 1), at('a', 'b', 1, 'c'), at('a', 'nope', 3)],
      ['1:1', '1:1', '2:3', '2:10', '2:11', '1:1'],
    );
  });

  test('is YAML 1.2, with keys as they are written', () => {
    assert.deepEqual(valuesOf('no: off\n1.10: 1.10\n"<<": 0x10\n'), [{ no: 'off', '1.10': 1.1, '<<': 16 }]);
  });

  test('follows an alias to the anchor before it', () => {
    assert.deepEqual(valuesOf('- &a [1]\n- *a\n- &a 2\n- *a\n'), [[[1], [1], 2, 2]]);
  });

  test('is a document at a time, empty ones among them', () => {
    const { documents } = read('a: 1\n---\n# none\n---\nb: 2\n');
    assert.deepEqual(
      documents.map(({ isEmpty }) => isEmpty),
      [false, true, false],
    );
    assert.equal(read('').documents[0]?.isEmpty, true);
  });

  test('is bounded in characters, depth, nodes and what aliases repeat', () => {
    assert.match(read('x'.repeat(10_001)).mistakes.join(), /at most 10000 characters/);
    assert.match(read('['.repeat(5000)).mistakes.join(), /at most 20 levels/);
    assert.match(read('a: &a [*a]').mistakes.join(), /at most 20 levels|repeat too much/);
    assert.match(read(`- &a x\n${'- *a\n'.repeat(101)}`).mistakes.join(), /repeat too much/);
    assert.match(read('[1, 2, 3]', { maxNodes: 3 }).mistakes.join(), /smaller document/);
    assert.match(read('- &a x\n- *a\n', { maxRepeated: 0 }).mistakes.join(), /alias/);
  });

  test('is what the library reads (property)', () =>
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4, noUnicodeString: false }),
        fc.constantFrom(0, 2),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent);
          const documents = parseAllDocuments(text);
          assert.deepEqual(
            valuesOf(text),
            documents.map((document): unknown => document.toJS()),
          );
        },
      ),
      { numRuns: 200 },
    ));

  test('or mistakes, whatever the text (property)', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab:\n -[]{}&*!|>"\'#?,%@`\t\\', '---\n') }),
        (text) => {
          const { documents, mistakes } = read(text);
          assert.equal(
            documents.some(({ isBroken, root }) => isBroken || root === undefined),
            mistakes.length > 0,
          );
        },
      ),
      { numRuns: 1000 },
    ));
});
