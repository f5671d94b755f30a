import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseResources, parseResourceValues } from '../../src/manifests/parse-resources.ts';
import { UNWATCHED } from '../../src/manifests/report-progress.ts';
import { ResourceError } from '../../src/manifests/resource.ts';

const HEAD = 'apiVersion: sallyport/v1alpha1';

/** What is wrong with the text, as an operator sees it. */
function problemsIn(text: string, file = 'mesh.yaml'): string[] {
  try {
    parseResources([{ file, text }]);
  } catch (error) {
    assert.ok(error instanceof ResourceError);
    return error.message.split('\n');
  }
  return [];
}

describe('a mistake names file, line, column, resource, field and what was expected', () => {
  const rows: [what: string, text: string, expected: (string | RegExp)[]][] = [
    [
      'a wrong host',
      `${HEAD}\nkind: Route\nid: checkout\nnamespace: team-a\nhosts:\n  - fine.com\n  - https://bad.com\n`,
      [
        'mesh.yaml:7:5: Route checkout: hosts[1]: expected a host such as api.example.com, *.example.com or *, without port or scheme',
      ],
    ],
    [
      'several in several documents',
      `${HEAD}\nkind: Namespace\nid: "-"\nparent: global\n---\n${HEAD}\nkind: Route\nid: r\nnamespace: team-a\npath: { prefix: x }\nencoded_slash: maybe\n`,
      [
        /^mesh\.yaml:3:\d+: Namespace .*: id: expected 1 to 128 letters/,
        /^mesh\.yaml:10:\d+: Route r: path.*: expected/,
        /^mesh\.yaml:11:\d+: Route r: encoded_slash: /,
      ],
    ],
    [
      'an unknown field',
      `${HEAD}\nkind: DirectoryGroup\nid: ops\nnames: Ops\n`,
      [/^mesh\.yaml:4:1: DirectoryGroup ops: names: unknown key .*"name"/],
    ],
    ['a missing field', `${HEAD}\nkind: Route\nid: r\n`, [/^mesh\.yaml:1:\d+: Route r: namespace: /]],
    [
      'an unknown kind',
      `${HEAD}\nkind: Rout\nid: r\n`,
      [/^mesh\.yaml:2:\d+: kind: expected one of Namespace, .*, not "Rout".*Route/],
    ],
    ['no kind', `${HEAD}\nid: r\n`, [/^mesh\.yaml:1:\d+: kind: expected one of Namespace/]],
    [
      'another version',
      'apiVersion: v1\nkind: Route\nid: r\n',
      ['mesh.yaml:1:1: apiVersion: expected sallyport/v1alpha1'],
    ],
    ['no version', 'kind: Route\nid: r\n', ['mesh.yaml:1:1: apiVersion: expected sallyport/v1alpha1']],
    [
      'both user_id and impersonate',
      `${HEAD}\nkind: ServiceAccount\nid: s\nnamespace: n\nuser_id: u\nimpersonate: d\n`,
      [/mesh\.yaml:1:1: ServiceAccount s: expected either user_id or impersonate, and not both$/],
    ],
    [
      'a time without a zone',
      `${HEAD}\nkind: ServiceAccount\nid: s\nnamespace: n\nuser_id: u\nexpires_at: "2027-01-31T12:00:00"\n`,
      ['mesh.yaml:6:1: ServiceAccount s: expires_at: expected a time such as 2027-01-31T12:00:00Z'],
    ],
    ['text alone', 'hello\n', [/^mesh\.yaml:1:1: expected a resource/]],
    ['an empty text', '""\n', [/^mesh\.yaml:1:1: expected a resource/]],
    ['null', 'null\n', [/^mesh\.yaml:1:1: expected a resource/]],
    ['YAML that is none', `${HEAD}\nkind: [\n`, [/^mesh\.yaml:\d+:\d+: /]],
    [
      'a repeated key',
      `${HEAD}\nkind: DirectoryGroup\nid: a\nid: b\n`,
      [/^mesh\.yaml:4:1: id: expected each key once/],
    ],
    [
      'the same resource twice',
      `${HEAD}\nkind: DirectoryGroup\nid: a\n---\n${HEAD}\nkind: DirectoryGroup\nid: a\n`,
      ['mesh.yaml, document 2: DirectoryGroup a: is in mesh.yaml, document 1, already'],
    ],
  ];
  for (const [what, text, expected] of rows)
    test(what, () => {
      const problems = problemsIn(text);
      const told = problems.join('\n');
      assert.equal(problems.length, expected.length, told);
      for (const [index, line] of expected.entries())
        if (typeof line === 'string') assert.equal(problems[index], line);
        else assert.match(problems[index] ?? '', line);
    });

  test('of every file, each under its own name', () => {
    const files = ['a.yaml', '-'].map((file) => ({ file, text: `${HEAD}\nkind: Nothing\n` }));
    assert.throws(
      () => parseResources(files),
      (error: ResourceError) => {
        assert.deepEqual(
          error.problems.map(({ origin }) => origin),
          [
            { file: 'a.yaml', document: 1 },
            { file: '-', document: 1 },
          ],
        );
        return true;
      },
    );
  });

  test('the same resource in two files', () => {
    const text = `${HEAD}\nkind: DirectoryGroup\nid: a\n`;
    assert.throws(
      () =>
        parseResources([
          { file: 'a.yaml', text },
          { file: 'b.yaml', text },
        ]),
      /^ResourceError: b\.yaml, document 1: DirectoryGroup a: is in a\.yaml, document 1, already$/,
    );
  });
});

describe('what is read', () => {
  const read = (text: string): Readonly<Record<string, unknown>>[] =>
    parseResources([{ file: 'f', text }]).map(({ kind, spec }) => ({ kind, ...spec }));

  test('empty documents and comments hold nothing', () => {
    assert.deepEqual(read(''), []);
    assert.deepEqual(read('# nothing\n---\n---\n# nor here\n'), []);
  });

  test('what is left out has its default', () => {
    assert.deepEqual(read(`${HEAD}\nkind: Route\nid: r\nnamespace: n\n`), [
      { kind: 'Route', id: 'r', namespace: 'n', policies: [], encoded_slash: 'refuse' },
    ]);
    assert.deepEqual(read(`${HEAD}\nkind: Policy\nid: p\nnamespace: n\nppl: {}\n`), [
      {
        kind: 'Policy',
        id: 'p',
        namespace: 'n',
        name: '',
        description: '',
        enforced: false,
        mode: 'enforce',
        explanation: '',
        remediation: '',
        ppl: {},
      },
    ]);
  });

  test('hosts are kept in lower case, and times in UTC', () => {
    assert.deepEqual(read(`${HEAD}\nkind: Route\nid: r\nnamespace: n\nhosts: [API.Example.com]\n`)[0], {
      kind: 'Route',
      id: 'r',
      namespace: 'n',
      hosts: ['api.example.com'],
      policies: [],
      encoded_slash: 'refuse',
    });
    const [account] = read(
      `${HEAD}\nkind: ServiceAccount\nid: s\nnamespace: n\nuser_id: u\nexpires_at: 2027-01-31T13:00:00+01:00\n`,
    );
    assert.equal(account?.expires_at, '2027-01-31T12:00:00.000Z');
  });

  test('a policy may be text or YAML', () => {
    const [text, yaml] = read(
      `${HEAD}\nkind: Policy\nid: a\nnamespace: n\nppl: |\n  allow:\n    or:\n      - accept: true\n---\n${HEAD}\nkind: Policy\nid: b\nnamespace: n\nppl:\n  allow:\n    or:\n      - accept: true\n`,
    );
    assert.equal(typeof text?.ppl, 'string');
    assert.deepEqual(yaml?.ppl, { allow: { or: [{ accept: true }] } });
  });

  test('JSON is YAML too', () =>
    assert.equal(
      read(JSON.stringify({ apiVersion: 'sallyport/v1alpha1', kind: 'DirectoryGroup', id: 'g' })).length,
      1,
    ));
});

describe('nothing that is read can do harm', () => {
  test('aliases do not grow without bound', () => {
    const levels = Array.from(
      { length: 20 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(10).fill(`*l${n}`).join(',')}]`,
    );
    const problems = problemsIn(`${HEAD}\nkind: DirectoryGroup\nid: a\nl0: &l0 [x]\n${levels.join('\n')}\n`);
    assert.match(problems.join('\n'), /alias/i);
  });
  test('a repeated key is refused with its line, wherever it is', () => {
    assert.deepEqual(problemsIn(`${HEAD}\nkind: DirectoryGroup\nid: a\nid: b\n`), [
      'mesh.yaml:4:1: id: expected each key once, found it again',
    ]);
    assert.deepEqual(
      problemsIn(
        `${HEAD}\nkind: Policy\nid: a\nnamespace: n\nppl: [{ allow: { or: [{ user: a, user: b }] } }]\n`,
      ),
      ['mesh.yaml:5:34: ppl[0].allow.or[0].user: expected each key once, found it again'],
    );
  });
  test('aliases may repeat an anchor often, up to a bound', () => {
    const text = (aliases: number) => `- &a x\n${'- *a\n'.repeat(aliases)}`;
    assert.match(problemsIn(text(100_001)).join('\n'), /aliases repeat too much/);
    assert.doesNotMatch(problemsIn(text(2000)).join('\n'), /aliases/);
  });
  test('mistakes are collected up to a bound', () => {
    const problems = problemsIn('- {}\n'.repeat(20_000));
    assert.ok(problems.length > 900 && problems.length < 1100, String(problems.length));
    assert.match(String(problems.at(-1)), /first 1000 problems/);
  });
  test('nor does nesting', () =>
    assert.match(problemsIn(`${HEAD}\nkind: ${'['.repeat(100_000)}`).join('\n'), /levels of nesting/));
  test('any text is resources or problems (property)', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'abk:\n -[]{}&*!|>"\'#?,', 'kind: ', `${HEAD}\n`, '---\n') }),
        (text) => {
          try {
            parseResources([{ file: 'f', text }]);
          } catch (error) {
            assert.ok(error instanceof ResourceError, String(error));
            assert.ok(error.problems.length > 0);
          }
        },
      ),
      { numRuns: 500 },
    ));
});

test('values of JSON are read as the text is, but for its lines', async () => {
  const good = [
    { apiVersion: 'sallyport/v1alpha1', kind: 'DirectoryGroup', id: 'g' },
    { apiVersion: 'sallyport/v1alpha1', kind: 'Policy', id: 'p', namespace: 'n', ppl: { allow: { or: [] } } },
  ];
  assert.deepEqual(
    await parseResourceValues('f', good, UNWATCHED),
    parseResources([{ file: 'f', text: JSON.stringify(good) }]),
  );
  for (const bad of [
    [...good, good[0]],
    [{ kind: 'Policy' }],
    [0, null, 'x', []],
    [{ apiVersion: 'sallyport/v1alpha1', kind: 'Rout', id: 'r' }],
    [{ apiVersion: 'sallyport/v1alpha1', kind: 'Route', id: 'r', namespace: '-', hosts: ['a:b'] }],
  ]) {
    const told = (error: unknown) => {
      assert.ok(error instanceof ResourceError);
      return error.problems.map(({ origin, path, message }) => ({ origin, path, message }));
    };
    const values = await parseResourceValues('f', bad, UNWATCHED).then(
      () => assert.fail('it was read'),
      told,
    );
    let text: unknown;
    try {
      parseResources([{ file: 'f', text: JSON.stringify(bad) }]);
    } catch (error) {
      text = told(error);
    }
    assert.deepEqual(values, text, JSON.stringify(bad));
  }
});
