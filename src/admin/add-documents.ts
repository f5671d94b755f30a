import type { FastifyInstance } from 'fastify';
import { API_PREFIX } from '../contract/contract.ts';
import { DOCS_CONTENT_SECURITY, renderDocsPage } from './docs-page/docs-page.ts';

/** What everybody may read: the OpenAPI document, for programs and for people. */
export function addDocuments(api: FastifyInstance, document: unknown): void {
  const config = { access: 'public' };
  api.get('/openapi.json', { config }, (_request, reply) => reply.send(document));
  api.get('/', { config }, (_request, reply) => reply.redirect(`${API_PREFIX}/docs`));
  let page: string | undefined;
  api.get(
    '/docs',
    { config, helmet: { contentSecurityPolicy: DOCS_CONTENT_SECURITY } },
    (_request, reply) => {
      page ??= renderDocsPage(document);
      return reply.type('text/html; charset=utf-8').send(page);
    },
  );
}
