import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AssertionSigner, createAssertionSigner } from '../../src/tokens/assertion.ts';
import { createAssertionCache } from '../../src/tokens/assertion-cache.ts';
import { ACCOUNT, makeKeys, NOW, SwappedKeys, USER } from '../support/token-fixture.ts';

const keys = await makeKeys('ES256');
const content = () => ({
  claims: {
    audience: 'a.example.com',
    userId: USER,
    accountId: ACCOUNT,
    email: '',
    name: '',
    groups: [],
  },
  room: { withGroups: 8192, atMost: 8192 },
});

function makeCache(options: { size?: number; sizePerCaller?: number } = {}) {
  const source = new SwappedKeys(keys);
  const signer = createAssertionSigner({ keys: source });
  const counted = { signed: 0 };
  const counting: AssertionSigner = {
    lifetime: signer.lifetime,
    get generation() {
      return signer.generation;
    },
    sign(of, room, now) {
      counted.signed += 1;
      return signer.sign(of, room, now);
    },
  };
  return { source, counted, cache: createAssertionCache({ signer: counting, ...options }) };
}

describe('an assertion is reused', () => {
  test('at once, while more than half of its life is left', async () => {
    const { cache } = makeCache();
    const caller = {};
    const first = await cache.assertionFor(caller, 'a', content, NOW);
    assert.equal(cache.assertionFor(caller, 'a', content, NOW + 149_999), first);
    assert.notEqual(await cache.assertionFor(caller, 'a', content, NOW + 150_000), first);
  });

  test('by all who ask while it is being signed', async () => {
    const { cache, counted } = makeCache();
    const caller = {};
    const asked = Array.from({ length: 5 }, async () => cache.assertionFor(caller, 'a', content, NOW));
    assert.equal(new Set(await Promise.all(asked)).size, 1);
    assert.equal(counted.signed, 1);
  });

  test('not before it was made, as after a clock set back', async () => {
    const { cache } = makeCache();
    const caller = {};
    const first = await cache.assertionFor(caller, 'a', content, NOW);
    assert.notEqual(await cache.assertionFor(caller, 'a', content, NOW - 2000), first);
  });

  test('neither for another route or audience nor for a caller that changed', async () => {
    const { cache } = makeCache();
    const caller = {};
    const first = await cache.assertionFor(caller, 'a', content, NOW);
    assert.notEqual(await cache.assertionFor(caller, 'b', content, NOW), first);
    assert.notEqual(await cache.assertionFor({}, 'a', content, NOW), first);
    assert.equal(cache.assertionFor(caller, 'a', content, NOW), first);
  });

  test('not under other keys, even where they changed while it was signed', async () => {
    const { cache, source, counted } = makeCache();
    const caller = {};
    const first = await cache.assertionFor(caller, 'a', content, NOW);
    const [next, last] = [await makeKeys('ES256'), await makeKeys('ES256')];
    source.swap(next);
    const signing = cache.assertionFor(caller, 'a', content, NOW);
    source.swap(last);
    const second = await signing;
    assert.notEqual(second, first);
    assert.equal(
      JSON.parse(Buffer.from(second.jwt.split('.')[0] ?? '', 'base64url').toString()).kid,
      source.current.signer.kid,
    );
    assert.equal(cache.assertionFor(caller, 'a', content, NOW), second);
    assert.equal(counted.signed, 3);
  });
});

describe('the assertion cache', () => {
  test('is bounded for one caller', async () => {
    const { cache, counted } = makeCache({ sizePerCaller: 2 });
    const caller = {};
    for (const key of ['a', 'b', 'c']) await cache.assertionFor(caller, key, content, NOW);
    assert.ok('jwt' in cache.assertionFor(caller, 'c', content, NOW));
    assert.ok('jwt' in cache.assertionFor(caller, 'b', content, NOW));
    assert.equal(counted.signed, 3);
    await cache.assertionFor(caller, 'a', content, NOW);
    assert.equal(counted.signed, 4);
  });

  test('is bounded over all, and keeps what is used', async () => {
    const { cache, counted } = makeCache({ size: 2 });
    const [one, two, three] = [{}, {}, {}];
    await cache.assertionFor(one, 'a', content, NOW);
    await cache.assertionFor(two, 'a', content, NOW);
    assert.ok('jwt' in cache.assertionFor(one, 'a', content, NOW));
    await cache.assertionFor(three, 'a', content, NOW);
    assert.ok('jwt' in cache.assertionFor(one, 'a', content, NOW));
    await cache.assertionFor(two, 'a', content, NOW);
    assert.equal(counted.signed, 4);
  });

  test('does not keep a failure', async () => {
    const signer = createAssertionSigner({ keys: new SwappedKeys(keys) });
    let fails = true;
    const cache = createAssertionCache({
      signer: {
        lifetime: 300,
        generation: 1,
        sign: async (of, room, now) => {
          if (fails) throw new Error('no signature');
          return signer.sign(of, room, now);
        },
      },
    });
    const caller = {};
    await assert.rejects(async () => cache.assertionFor(caller, 'a', content, NOW), /no signature/);
    fails = false;
    assert.ok('jwt' in (await cache.assertionFor(caller, 'a', content, NOW)));
  });
});
