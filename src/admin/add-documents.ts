import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { API_PREFIX } from '../contract/contract.ts';
import type { Operation } from '../contract/operation.ts';
import { Html, html } from '../text/html.ts';
import { API_TITLE, type DescribedGroups, describeOpenApi, GROUPS } from './openapi.ts';
import { matchesTag } from './precondition.ts';

/** Adds what every client may read: the OpenAPI document, and an overview of it for people. */
export function addDocuments(api: FastifyInstance, groups: DescribedGroups, version: string): void {
  const config = { access: 'public' };
  const document = JSON.stringify(describeOpenApi(groups, version));
  const tag = `"${hash('sha256', document, 'base64url').slice(0, 22)}"`;
  api.get('/openapi.json', { config }, ({ headers }, reply) => {
    // It changes with the version alone: a client may keep it and ask whether it is still the same.
    reply.header('cache-control', 'no-cache').header('etag', tag);
    const known = headers['if-none-match'];
    if (known !== undefined && matchesTag(known, tag)) return reply.code(304).send();
    return reply.type('application/json; charset=utf-8').send(document);
  });
  api.get('/', { config }, (_request, reply) => reply.redirect(`${API_PREFIX}/docs`));
  const page = renderDocsPage(groups, version);
  const options = { config, helmet: { contentSecurityPolicy: DOCS_CONTENT_SECURITY } };
  api.get('/docs', options, (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
}

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid; padding: 0.25rem 0.75rem 0.25rem 0; vertical-align: top; }
td:first-child { width: 45%; overflow-wrap: anywhere; }
`;

/** Helmet's directives for the page: its style sheet by its hash, and nothing else; no script, form or frame. */
const DOCS_CONTENT_SECURITY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    styleSrc: [`'sha256-${hash('sha256', STYLE, 'base64')}'`],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** An overview of the operations. The page runs no script, because a script on this origin could use its reader's session. */
function renderDocsPage(groups: DescribedGroups, version: string): string {
  const title = `${API_TITLE} ${version}`;
  const sections = Object.entries(groups).map(
    ([group, operations]) => html`<h2 id="${group}">${GROUPS[group]?.title ?? group}</h2>
<table>${Object.entries(operations).map(([name, operation]) => row(`${group}.${name}`, operation))}</table>
`,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
<p>The <a href="openapi.json">OpenAPI document</a> describes every parameter, schema and error. API clients import it from its URL.</p>
${sections}</body>
</html>
`.text;
}

function row(id: string, { method, path, summary, access }: Operation): Html {
  return html`<tr id="${id}"><td><code>${method} ${API_PREFIX}${path}</code></td><td>${summary}</td><td>${access}</td></tr>
`;
}
