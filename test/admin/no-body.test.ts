// A client may send the media type of a body that it does not send: `DELETE` and `POST` without one are taken all the same.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

describe('a request without a body, but with a content type', () => {
  let world: AdminWorld;
  let jwt: string;
  before(async () => {
    world = await openAdminWorld();
    await world.apply(TEAMS);
    jwt = await world.signIn('root');
    await world.app.listen({ host: '127.0.0.1', port: 0 });
  });
  after(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });

  const ask = (method: string, path: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const { port } = world.app.server.address() as AddressInfo;
      const sent = request(
        { host: '127.0.0.1', port, method, path, headers: { authorization: `Bearer ${jwt}`, ...headers } },
        (answer) => {
          answer.resume();
          answer.once('end', () => resolve(answer.statusCode ?? 0));
        },
      );
      sent.once('error', reject);
      sent.end();
    });

  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
  ])
    for (const length of ['no length', 'a length of 0', 'chunks'])
      test(`${type}, ${length}`, async () => {
        const headers: Record<string, string> = {
          'content-type': type,
          ...(length === 'a length of 0' && { 'content-length': '0' }),
          ...(length === 'chunks' && { 'transfer-encoding': 'chunked' }),
        };
        const made = await world.call('POST', '/service-accounts', {
          jwt,
          body: {
            id: 'brief',
            namespace: 'team-a',
            user_id: `brief-${type}-${length}`.replaceAll(/[^a-z]/g, '-'),
          },
        });
        assert.equal(made.statusCode, 201, made.body);
        assert.equal(await ask('POST', '/api/v1/service-accounts/brief/revoke', headers), 200);
        assert.equal(await ask('POST', '/api/v1/service-accounts/brief/disable', headers), 200);
        assert.equal(await ask('GET', '/api/v1/service-accounts/brief', headers), 200);
        assert.equal(await ask('DELETE', '/api/v1/service-accounts/brief', headers), 200);
        assert.equal(await ask('DELETE', '/scim/v2/Users/nobody', headers), 404);
        // What needs a body is refused for want of it, and not for its type.
        assert.equal(await ask('POST', '/api/v1/service-accounts', headers), 400);
      });
});
