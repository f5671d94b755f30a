import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { McpMessage } from '../../../src/policy/policy-input.ts';
import type { PolicyReason } from '../../../src/policy/policy-reason-schema.ts';
import { ask, inputOf } from '../../support/policy-cases.ts';

const call = (tool?: string): McpMessage => ({ method: 'tools/call', tool });
const cases: [unknown, McpMessage | undefined, PolicyReason][] = [
  ['search', call('search'), 'mcp-tool-match'],
  ['search', call('Search'), 'mcp-tool-no-match'],
  [{ not: 'search' }, call('search'), 'mcp-tool-no-match'],
  [{ not: 'search' }, call('other'), 'mcp-tool-match'],
  [{ starts_with: 'db.', not_in: ['db.drop'] }, call('db.drop'), 'mcp-tool-no-match'],
  [{ ends_with: '' }, call(''), 'mcp-tool-match'],
  // Without a name there is nothing to compare, whatever the operator.
  [{ not: 'search' }, call(), 'mcp-tool-no-match'],
  [{ not_in: [] }, call(), 'mcp-tool-no-match'],
  [{ not: 'search' }, { method: 'tools/list' }, 'mcp-not-a-tool-call'],
  [{ not: 'search' }, { method: 'tools/list', tool: 'other' }, 'mcp-not-a-tool-call'],
  [{ not_in: [] }, undefined, 'mcp-not-a-tool-call'],
];
for (const [data, mcp, reason] of cases)
  test(`mcp_tool ${JSON.stringify(data)} is ${reason} for ${JSON.stringify(mcp)}`, () => {
    assert.deepEqual(ask({ mcp_tool: data }, inputOf('nobody', { mcp })), [
      reason === 'mcp-tool-match',
      reason,
    ]);
  });
