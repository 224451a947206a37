import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../../harness/harness.ts';
import {
  buyKey,
  type Check,
  codeOf,
  createKeyProduct,
  drainKeyRequests,
  newAddress,
  rowsOf,
  validate,
} from './license-calls.ts';

/* Guessing keys: how often, what it costs, and what it tells. */

let world: World;
let quay: TestApp;
let atlas: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
});
afterEach(() => {
  vi.useRealTimers();
});

const guess = (app: TestApp, key: string, address: string, apiKey = app.publishableKey) =>
  call<Check>('POST', '/v1/license-keys/validate', {
    key: apiKey,
    body: { key },
    headers: { 'cf-connecting-ip': address },
  });
const randomKey = () => crypto.randomUUID().toUpperCase();

interface Counted {
  part: string;
  count: number;
}
const counts = async (start: string) =>
  (await rowsOf<Counted>('license_guesses'))
    .filter(({ part }) => part.startsWith(start))
    .map(({ count }) => count);

describe('guesses', () => {
  it('brute force from one address is stopped, and Polar hears of no more than the cap', async () => {
    const address = newAddress();
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => guess(quay, randomKey(), address, quay.publishableKey)),
    );
    const [let_through, refused] = [200, 429].map(
      (status) => answers.filter((answer) => answer.status === status).length,
    );
    expect((let_through ?? 0) + (refused ?? 0)).toBe(60);
    expect(let_through).toBeLessThanOrEqual(20);
    expect(drainKeyRequests(world)).toHaveLength(let_through ?? 0);
    const last = answers.find(({ status }) => status === 429);
    expect(last?.body.code).toBe('rate_limited');
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('of one key are stopped wherever they come from, and another key is asked about all the same', async () => {
    const key = randomKey();
    let refused;
    for (let i = 0; i < 70 && !refused; i++) {
      const answer = await guess(quay, key, newAddress(), quay.secretKey);
      if (answer.status === 429) refused = answer;
    }
    expect(refused?.body.code).toBe('rate_limited');
    expect(await counts('key:')).toEqual([60]);
    expect(codeOf(await guess(quay, randomKey(), newAddress(), quay.secretKey))).toEqual([
      200,
      false,
      'not_found',
    ]);
    // Later they are let in again.
    await world.advance(10 * 60_000);
    expect(codeOf(await guess(quay, key, newAddress(), quay.secretKey))).toEqual([200, false, 'not_found']);
  });

  it('are counted before Polar answers, and a yes gives its own back', async () => {
    const { productId } = await createKeyProduct(world, 'quay:desktop');
    const { key } = await buyKey(world, quay, productId);
    const address = newAddress();
    expect(codeOf(await guess(quay, key, address))).toEqual([200, true, 'valid']);
    expect([await counts('key:'), await counts('app:'), await counts('address:')]).toEqual([[0], [0], [0]]);
    await guess(quay, randomKey(), address);
    expect([await counts('app:'), await counts('address:')]).toEqual([[1], [1]]);
    // What is remembered costs none.
    for (let i = 0; i < 30; i++)
      expect(codeOf(await guess(quay, key, address))).toEqual([200, true, 'valid']);
    expect(await counts('address:')).toEqual([1]);
  });

  it('of one app take nothing from another', async () => {
    const address = newAddress();
    for (let i = 0; i < 3; i++) await guess(quay, randomKey(), address);
    await guess(atlas, randomKey(), address);
    expect((await counts('address:')).toSorted()).toEqual([1, 3]);
  });

  it('a no about a key that exists counts for that key alone', async () => {
    const { productId } = await createKeyProduct(world, 'quay:seats', {
      activations: { limit: 1, enable_customer_admin: false },
    });
    const { key } = await buyKey(world, quay, productId);
    expect(codeOf(await guess(quay, key, newAddress()))).toEqual([200, false, 'activation_required']);
    await vi.waitFor(async () => {
      expect([await counts('key:'), await counts('app:'), await counts('address:')]).toEqual([[1], [0], [0]]);
    });
  });
});

describe('unknown, another app’s and malformed keys', () => {
  it('are asked about in the same way and answered in the same shape', async () => {
    const { productId } = await createKeyProduct(world, 'atlas:pro');
    const foreign = await buyKey(world, atlas, productId);
    const seen: unknown[] = [];
    for (const key of [randomKey(), foreign.key, 'no key at all']) {
      drainKeyRequests(world);
      const { status, body } = await validate(quay, { key });
      seen.push([status, { ...body, checked_at: '' }, drainKeyRequests(world)]);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    expect(seen[0]).toEqual([
      200,
      { valid: false, code: 'not_found', key: null, activation: null, customer: null, checked_at: '' },
      ['POST /v1/license-keys/validate'],
    ]);
  });
});
