import { hash } from 'node:crypto';
import { API_PREFIX } from '../contract/contract.ts';
import type { Operation } from '../contract/operation.ts';
import { API_TITLE, type DescribedGroups, GROUPS } from './openapi.ts';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid; padding: 0.25rem 0.75rem 0.25rem 0; vertical-align: top; }
td:first-child { width: 45%; overflow-wrap: anywhere; }
`;

/** Helmet's directives for the page: its style sheet by its hash, and nothing else; no script, form or frame. */
export const DOCS_CONTENT_SECURITY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    styleSrc: [`'sha256-${hash('sha256', STYLE, 'base64')}'`],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/**
 * An overview of the operations for a browser; the OpenAPI document that it links has the rest. The page runs no script: one on
 * this origin could use the session of its reader.
 */
export function renderDocsPage(groups: DescribedGroups, version: string): string {
  const title = `${API_TITLE} ${escapeHtml(version)}`;
  const sections = Object.entries(groups).map(
    ([group, operations]) => `<h2 id="${escapeHtml(group)}">${escapeHtml(GROUPS[group]?.title ?? group)}</h2>
<table>${Object.entries(operations)
      .map(([name, operation]) => row(`${group}.${name}`, operation))
      .join('\n')}</table>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<p>The <a href="openapi.json">OpenAPI document</a> describes every parameter, schema and error. API clients import it from its URL.</p>
${sections.join('\n')}
</body>
</html>
`;
}

function row(id: string, { method, path, summary, access }: Operation): string {
  return `<tr id="${escapeHtml(id)}"><td><code>${method} ${escapeHtml(`${API_PREFIX}${path}`)}</code></td><td>${escapeHtml(summary)}</td><td>${access}</td></tr>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
