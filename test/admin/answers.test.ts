// Conditional requests, other methods, and what everybody may read.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { OPERATIONS } from '../../src/contract/contract.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

const Resource = z.record(z.string(), z.unknown());

let world: AdminWorld;
let jwt: string;
before(async () => {
  world = await openAdminWorld();
  await world.apply(TEAMS);
  jwt = await world.signIn('root');
});
after(async () => {
  await world.close();
  assert.deepEqual(world.faults, []);
});

describe('a resource that the client has already', () => {
  const get = (path: string, tags?: string) =>
    world.call('GET', path, { jwt, ...(tags !== undefined && { headers: { 'if-none-match': tags } }) });

  test('is not sent again, until it changes', async () => {
    const first = await get('/namespaces/team-a');
    const tag = String(first.headers.etag);
    for (const tags of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const { statusCode, headers, body } = await get('/namespaces/team-a', tags);
      assert.deepEqual([statusCode, headers.etag, body], [304, tag, ''], tags);
    }
    const written = await world.call('PUT', '/namespaces/team-a', {
      jwt,
      headers: { 'if-match': tag },
      body: { ...Resource.parse(first.json()), name: 'Another name' },
    });
    assert.equal(written.statusCode, 200);
    const changed = await get('/namespaces/team-a', tag);
    assert.deepEqual([changed.statusCode, changed.json().name], [200, 'Another name']);
  });

  test('is sent in full if it is a service account, whose credentials change without its ETag', async () => {
    const first = await get('/service-accounts/root');
    assert.equal((await get('/service-accounts/root', String(first.headers.etag))).statusCode, 200);
  });

  test('is hidden from a caller who may not see it', async () => {
    const tag = String((await get('/namespaces/team-b')).headers.etag);
    const manager = await world.signIn('manager');
    const asked = await world.call('GET', '/namespaces/team-b', {
      jwt: manager,
      headers: { 'if-none-match': tag },
    });
    assert.equal(asked.statusCode, 404);
  });
});

describe('a path that is asked with another method', () => {
  for (const [method, path, allow] of [
    ['POST', '/api/v1/namespaces', 'GET, HEAD'],
    ['OPTIONS', '/api/v1/namespaces/team-a', 'GET, HEAD, PUT, DELETE'],
    ['PATCH', '/api/v1/service-accounts/root', 'GET, HEAD, PUT, DELETE'],
    ['DELETE', '/api/v1/policies:lint', 'POST'],
    ['PUT', '/api/v1/openapi.json', 'GET, HEAD'],
    ['POST', '/api/v1/', 'GET, HEAD'],
    ['OPTIONS', '/scim/v2/Users', 'GET, HEAD, POST'],
  ] as const)
    test(`${method} ${path} is answered 405 with what it takes`, async () => {
      const { statusCode, headers, body } = await world.app.inject({
        method,
        url: path,
        payload: 'x'.repeat(10),
      });
      assert.equal(statusCode, 405, body);
      assert.equal(headers.allow, allow);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(
        headers['content-type'],
        path.startsWith('/scim')
          ? 'application/scim+json; charset=utf-8'
          : 'application/problem+json; charset=utf-8',
      );
    });

  test('is answered 404 if there is no such path', async () => {
    for (const url of ['/api/v1/nothing', '/api/v1/namespaces/a/b', '/scim/v2/Nothing'])
      assert.equal((await world.app.inject({ method: 'OPTIONS', url })).statusCode, 404, url);
  });
});

describe('without a credential', () => {
  test('the OpenAPI document is sent, and only once if it is the same', async () => {
    const first = await world.call('GET', '/openapi.json');
    assert.deepEqual([first.statusCode, first.headers['cache-control']], [200, 'no-cache']);
    assert.equal(first.json().openapi, '3.1.0');
    const tag = String(first.headers.etag);
    const again = await world.call('GET', '/openapi.json', { headers: { 'if-none-match': tag } });
    assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', tag]);
  });

  test('a page lists every operation, loads nothing and runs nothing', async () => {
    const found = await world.call('GET', '/');
    assert.deepEqual([found.statusCode, found.headers.location], [302, '/api/v1/docs']);
    const { statusCode, headers, body } = await world.call('GET', '/docs');
    assert.deepEqual([statusCode, headers['content-type']], [200, 'text/html; charset=utf-8']);
    for (const [group, operations] of Object.entries(OPERATIONS))
      for (const name of Object.keys(operations)) assert.ok(body.includes(`id="${group}.${name}"`), name);
    assert.doesNotMatch(
      body,
      /<script|<link|<img|<iframe|<form|\sstyle=|<[^>]*\son\w+=|\ssrc=|url\(|@import/i,
    );
    for (const [, to] of body.matchAll(/href="([^"#]+)"/g)) assert.equal(to, 'openapi.json');
    const style = /<style>([\s\S]*?)<\/style>/.exec(body)?.[1] ?? '';
    assert.equal(
      headers['content-security-policy'],
      `default-src 'none';style-src 'sha256-${createHash('sha256').update(style).digest('base64')}';base-uri 'none';form-action 'none';frame-ancestors 'none'`,
    );
  });
});
