import type { CriterionKind } from '../criterion.ts';
import { STRING } from '../criterion-data.ts';
import { lintStringMatcher, type TextKind } from '../lint/lint-string-matcher.ts';
import { reasonOf } from '../reason.ts';
import { compileStringMatcher } from '../string-matcher.ts';

const MATCH = reasonOf('mcp-tool-match');
const NO_MATCH = reasonOf('mcp-tool-no-match');
const NOT_A_TOOL_CALL = reasonOf('mcp-not-a-tool-call');

const TOOLS: TextKind = { name: 'names of tools' };

/** Holds if the request calls an MCP tool whose name matches. Never holds for another request, not even with `not`. */
export const mcpTool: CriterionKind = {
  name: 'mcp_tool',
  data: STRING,
  unknowable: { part: 'mcp', reasons: [MATCH.name, NO_MATCH.name, NOT_A_TOOL_CALL.name] },
  compile(data, problems) {
    const test = compileStringMatcher(data, problems);
    if (test === undefined) return undefined;
    return ({ request: { mcp } }) => {
      if (mcp?.method !== 'tools/call') return NOT_A_TOOL_CALL;
      return mcp.tool !== undefined && test(mcp.tool) ? MATCH : NO_MATCH;
    };
  },
  lint(data, notes) {
    lintStringMatcher(data, TOOLS, notes);
    notes.neverHolds(data, 'the sidecar does not read messages of the Model Context Protocol yet');
  },
};
