import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { API_PREFIX } from '../contract/contract.ts';
import { DOCS_CONTENT_SECURITY, renderDocsPage } from './docs-page.ts';
import { type DescribedGroups, describeOpenApi } from './openapi.ts';
import { matchesTag } from './precondition.ts';

/** Adds what every client may read: the OpenAPI document, and an overview of it for people. */
export function addDocuments(api: FastifyInstance, groups: DescribedGroups, version: string): void {
  const config = { access: 'public' };
  const document = JSON.stringify(describeOpenApi(groups, version));
  const tag = `"${createHash('sha256').update(document).digest('base64url').slice(0, 22)}"`;
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
