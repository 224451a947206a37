import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PUBLIC_SIGN_INS_PER_MINUTE } from '../../src/polar/public-budget.rules.ts';
import { seedPayment, seedShop, type Shop } from '../access/access-rows.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';
import { createWorld, ORIGIN } from '../harness/harness.ts';
import { type Jar, openDesk, seedCustomer, someone } from './sign-in-calls.ts';

/*
 * What asking for codes may leave in the database, from however many addresses. Each request comes to a location that has
 * counted nothing yet.
 */

const MOST = PUBLIC_SIGN_INS_PER_MINUTE.sandbox;
const nothingCounted: RateLimit = { limit: () => Promise.resolve({ success: true }) };
const desk = openDesk({ LIMIT_IP: nothingCounted });
let quay: Shop;
let atlas: Shop;
let visitors = 0;

beforeEach(async () => {
  await createWorld();
  vi.useFakeTimers({ toFake: ['Date'] });
  quay = await seedShop('sandbox');
  atlas = await seedShop('sandbox');
});
afterEach(() => {
  vi.useRealTimers();
});

const visitor = () => ({
  origin: ORIGIN,
  'cf-connecting-ip': `2001:db8:${(++visitors).toString(16)}::1`,
  'idempotency-key': crypto.randomUUID(),
});
const ask = (shop: Shop, email = someone()) => desk.ask(shop, email, {}, visitor());
const count = (table: string) => env.DB.prepare(`select count(*) as n from ${table}`).first<number>('n');

describe('asking for a code', () => {
  test('has a bound for all visitors of an app together, and what is refused leaves no row', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 2 * MOST; i++) statuses.push((await ask(quay)).status);
    const taken = statuses.filter((status) => status === 202).length;
    expect(taken).toBeGreaterThan(MOST / 4);
    expect(taken).toBeLessThanOrEqual(MOST);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2 * MOST - taken);
    expect([await count('sign_in_attempts'), await count('idempotency_keys')]).toEqual([taken, taken]);
    // Another app has its share, and whoever asks with a secret key counts visitors itself.
    expect((await ask(atlas)).status).toBe(202);
    const server = { key: quay.secretKey, body: { email: someone() } };
    expect((await desk.send('POST', '/v1/sign-in', server)).status).toBe(202);
    vi.setSystemTime(Date.now() + 30_000);
    expect((await ask(quay)).status).toBe(202);
  });

  test('is counted one by one when all come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 2 * MOST }, () => ask(quay)));
    expect(answers.filter(({ status }) => status === 202).length).toBeLessThanOrEqual(MOST / 2);
    expect(await count('sign_in_attempts')).toBeLessThanOrEqual(MOST / 2);
  });

  test('is refused alike for addresses that are known here and that are not', async () => {
    const email = someone();
    await seedPayment(quay, { customerId: await seedCustomer(quay, email) });
    for (let i = 0; i < 2 * MOST; i++) await ask(quay);
    const [known, unknown] = [await ask(quay, email), await ask(quay)];
    for (const { status, headers, body } of [known, unknown]) {
      expect([status, body.code]).toEqual([429, 'rate_limited']);
      expect(headers.get('retry-after')).toMatch(/^\d+$/);
    }
    expect({ ...known.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
    expect(known.trips).toEqual(unknown.trips);
  });

  test('on the gateway’s own page is bounded with the rest', async () => {
    const form = async () => {
      const jar: Jar = new Map();
      const page = await desk.send('GET', `/sign-in?app=${quay.app.slug}`, { jar });
      const form_token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      const fields = { app: quay.app.slug, to: '', form_token, email: someone() };
      return desk.send('POST', '/sign-in', { jar, form: fields, headers: { origin: GATEWAY_URL } });
    };
    expect((await form()).status).toBe(303);
    for (let i = 0; i < 2 * MOST; i++) await ask(quay);
    const before = await count('sign_in_attempts');
    const refused = await form();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([
      429,
      expect.stringMatching(/^\d+$/),
    ]);
    expect(await count('sign_in_attempts')).toBe(before);
  });
});
