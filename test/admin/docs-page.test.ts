import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { renderDocsPage } from '../../src/admin/docs-page/docs-page.ts';
import { OPERATIONS } from '../../src/contract/contract.ts';
import { type AdminWorld, openAdminWorld } from './world.ts';

describe('the page of the OpenAPI document', () => {
  let world: AdminWorld;
  let page: LightMyRequestResponse;
  before(async () => {
    world = await openAdminWorld();
    page = await world.call('GET', '/docs');
  });
  after(() => world.close());

  test('is for everybody, and where people look for it', async () => {
    assert.equal(page.statusCode, 200);
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    const found = await world.call('GET', '/');
    assert.deepEqual([found.statusCode, found.headers.location], [302, '/api/v1/docs']);
  });

  test('has every operation, and each link leads to one', () => {
    for (const [group, operations] of Object.entries(OPERATIONS))
      for (const name of Object.keys(operations))
        assert.ok(page.body.includes(`<section id="${group}.${name}">`), `${group}.${name}`);
    const links = [...page.body.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
    assert.ok(links.length > 0);
    for (const id of links) assert.ok(page.body.includes(`id="${id}"`), id);
  });

  test('loads nothing and runs nothing: its one style sheet is in it, by its hash', () => {
    assert.doesNotMatch(
      page.body,
      /<script|<link|<img|<iframe|<form|\sstyle=|<[^>]*\son\w+=|\ssrc=|url\(|@import/i,
    );
    for (const [, to] of page.body.matchAll(/href="([^"#]+)"/g)) assert.equal(to, 'openapi.json');
    const style = /<style>([\s\S]*?)<\/style>/.exec(page.body)?.[1];
    assert.ok(style !== undefined);
    const digest = createHash('sha256').update(style).digest('base64');
    assert.equal(
      page.headers['content-security-policy'],
      `default-src 'none';style-src 'sha256-${digest}';base-uri 'none';form-action 'none';frame-ancestors 'none'`,
    );
  });

  test('says what is required, the bounds, and what is inside', () => {
    const section = /<section id="serviceAccounts\.create">([\s\S]*?)<\/section>/.exec(page.body)?.[1] ?? '';
    const text = section.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ');
    assert.match(text, /POST \/api\/v1\/service-accounts/);
    assert.match(text, /For: the role manager, where it is needed/);
    assert.match(text, /namespace\* text/);
    assert.match(text, /description text, at most 1024 characters, &quot;&quot; where absent/);
    assert.match(text, /jwt\* text – Shown this once, and stored nowhere\./);
  });

  test('takes what the document says as text', () => {
    const operation = {
      operationId: 'a.b',
      tags: ['<a>'],
      summary: '<img src=x onerror=alert(1)>',
      'x-sallyport-access': '"viewer\'',
      parameters: [
        { name: '<p>', in: 'query', required: true, schema: { type: 'string', default: '</style>' } },
      ],
      responses: {},
    };
    const rendered = renderDocsPage({
      info: { title: '</title><script>', version: '&', description: '' },
      paths: { '/<x>': { get: operation } },
      components: { securitySchemes: {} },
    });
    assert.doesNotMatch(rendered, /<script|<img|<x>|<a>|<code><p>/);
    assert.equal(rendered.match(/<\/style>/g)?.length, 1);
    assert.match(rendered, /&lt;img src=x onerror=alert\(1\)&gt;/);
    assert.match(rendered, /&quot;viewer&#39;/);
  });
});
