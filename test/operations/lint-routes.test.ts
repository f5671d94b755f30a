import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintPolicies } from '../../src/operations/lint-policies.ts';

const ATTACK = `/${'.{0,1000}'.repeat(100)}z`;

test('a route whose regex can not be used is found by lint, with its line', () => {
  const text = `apiVersion: sallyport/v1alpha1
kind: Policy
id: p
namespace: global
ppl: {allow: {or: [accept: true]}}
---
apiVersion: sallyport/v1alpha1
kind: Route
id: r
namespace: global
path:
  regex: ${ATTACK}
`;
  const [found, ...others] = lintPolicies({ file: 'routes.yaml', text });
  assert.deepEqual(others, []);
  assert.deepEqual(
    { ...found, message: undefined },
    {
      file: 'routes.yaml',
      severity: 'error',
      line: 12,
      column: 3,
      path: 'Route r: path.regex',
      message: undefined,
    },
  );
  assert.match(found?.message ?? '', /of a cost of at most 256, got one of \d+$/);
});

test('a policy that costs more than a request may is found by lint', () => {
  const criteria = Array.from({ length: 100 }, () => "{ http_path: { contains: 'x' } }");
  const [found] = lintPolicies({ file: 'p.yaml', text: `{ allow: { or: [${criteria.join(', ')}] } }` });
  assert.equal(found?.severity, 'error');
  assert.equal(found.message, 'expected criteria of a cost of at most 16000 in all, got 20600');
});

test('a route that no request can match is found by lint, with its line', () => {
  const text = `apiVersion: sallyport/v1alpha1
kind: Route
id: r
namespace: global
path:
  prefix: /x/*
---
apiVersion: sallyport/v1alpha1
kind: Route
id: s
namespace: global
path: { exact: "/x;v=1" }
path_parameters: keep
`;
  assert.deepEqual(lintPolicies({ file: 'routes.yaml', text }), [
    {
      file: 'routes.yaml',
      severity: 'error',
      line: 6,
      column: 3,
      path: 'Route r: path.prefix',
      message:
        '"*" is not a wildcard in a path: a prefix covers everything below it, and {regex: expression} takes a pattern',
    },
  ]);
});
