import { hash } from 'node:crypto';
import { Html, html } from '../../text/html.ts';
import { DescribedApi, type DescribedOperation } from './described-api.ts';
import { STYLE } from './docs-style.ts';
import { renderSchema, renderType } from './render-schema.ts';

/** Helmet's directives for the page: its one style sheet, by its hash, and nothing else; no script, no form, no frame. */
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

interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: DescribedOperation;
}

/**
 * An OpenAPI document for people. It runs no script: one on this origin could use the session of whoever reads. Throws
 * where the document is none.
 */
export function renderDocsPage(document: unknown): string {
  const { info, paths, components } = DescribedApi.parse(document);
  const groups = new Map<string, Placed[]>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0] ?? '';
      groups.set(tag, [...(groups.get(tag) ?? []), { method: method.toUpperCase(), path, operation }]);
    }
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
<h1>${info.title} <small>${info.version}</small></h1>
<p>${info.description} <a href="openapi.json">The OpenAPI document</a></p>
<dl>${Object.entries(components.securitySchemes).map(
    ([name, { description }]) => html`<dt>${name}</dt><dd>${description}</dd>`,
  )}</dl>
</header>
<nav>${[...groups].map(
    ([tag, operations]) =>
      html`<h2>${tag}</h2><ul>${operations.map(
        ({ operation }) => html`<li><a href="#${operation.operationId}">${operation.operationId}</a></li>`,
      )}</ul>`,
  )}</nav>
<main>${[...groups.values()].flat().map(renderOperation)}</main>
</body>
</html>
`;
  return page.text;
}

function renderOperation({ method, path, operation }: Placed): Html {
  const { operationId, summary, parameters, requestBody, responses } = operation;
  const done = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const refused = Object.entries(responses).filter(([status]) => !status.startsWith('2'));
  return html`
<section id="${operationId}">
<h3><span class="method">${method}</span> <code>${path}</code></h3>
<p>${summary}.</p>
<p class="access">For: ${describeAccess(operation['x-sallyport-access'])}</p>
${
  parameters.length === 0
    ? undefined
    : html`<h4>Parameters</h4><ul>${parameters.map(
        ({ name, required, schema, in: place }) =>
          html`<li><code>${name}</code>${required ? html`<b title="required">*</b>` : undefined} <i>${place}</i> ${renderType(schema)}</li>`,
      )}</ul>`
}
${Object.values(requestBody?.content ?? {}).map(
  ({ schema }) => html`<details open><summary>Body</summary>${renderSchema(schema)}</details>`,
)}
${done.map(([status, { content }]) =>
  Object.values(content).map(
    ({ schema }) => html`<details><summary>Answer ${status}</summary>${renderSchema(schema)}</details>`,
  ),
)}
<p class="refused">Else: ${refused.map(([status, { description }]) => `${status} ${description}`).join(', ')}</p>
</section>`;
}

function describeAccess(access: string): string {
  switch (access) {
    case 'public':
      return 'everybody';
    case 'signed-in':
      return 'whoever is signed in';
    default:
      return `the role ${access}, where it is needed`;
  }
}
