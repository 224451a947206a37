import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { call, createWorld, ORIGIN, type TestApp, type World } from '../harness/harness.ts';

/* Discounts that an app makes and counts (ADR 107), and campaigns (ADR 108). */

let world: World;
let quay: TestApp;
let atlas: TestApp;
let lifetime: string;
let pro: string;
let atlasPro: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
  lifetime = (await world.createProduct({ name: 'quay:lifetime', price: 900 })).id;
  pro = (await world.createProduct({ name: 'quay:pro', price: 2000 })).id;
  atlasPro = (await world.createProduct({ name: 'atlas:pro', price: 1200 })).id;
  await world.settle();
  world.received.length = 0;
});

afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

interface Shown {
  id: string;
  code: string | null;
  status: string;
  remaining: number | null;
  redemptions: number;
  product_ids: string[];
  metadata: Record<string, unknown>;
  name: string;
  amount: number;
  checkout_url: string;
  errors?: { path: string; message: string }[];
  data: Shown[];
  next_cursor: string | null;
  payment_id: string;
  rules: { discount_id: string }[];
}

const ask = (
  method: string,
  path: string,
  body?: object,
  { app = quay, headers = {} }: { app?: TestApp; headers?: Record<string, string> } = {},
) => call<Shown>(method, path, { key: app.secretKey, headers, ...(body ? { body } : {}) });

async function make(more: object = {}, app: TestApp = quay): Promise<Shown> {
  const answer = await ask('POST', '/v1/discounts', { name: 'Launch', basis_points: 5000, ...more }, { app });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

const pay = (body: object) => ask('POST', '/v1/payments', body);

async function buy(body: object, email = 'ada@readers.dev'): Promise<void> {
  const answer = await pay(body);
  expect(answer.status, answer.text).toBe(201);
  await world.pay('sandbox', answer.body.checkout_url, { email });
  await world.settle();
}

/** Somebody buys with it until nothing is left. */
async function useUp(id: string): Promise<void> {
  await buy({ product_id: pro, discount_id: id }, `${id}@readers.dev`);
}

const atPolar = (id: string) => world.polar('sandbox', 'GET', `/v1/discounts/${id}`);
const told = (type: string) =>
  world.received
    .map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> })
    .filter((event) => event.type === type);

describe('a discount', () => {
  test('is bound to what the app sells now and marked as the app’s', async () => {
    const made = await make({ code: 'LAUNCH', max_redemptions: 10, metadata: { channel: 'mail' } });
    expect(made).toMatchObject({
      status: 'active',
      remaining: 10,
      redemptions: 0,
      metadata: { channel: 'mail' },
    });
    expect(made.product_ids.toSorted()).toEqual([lifetime, pro].toSorted());
    expect(await atPolar(made.id)).toMatchObject({ metadata: { gateway_product: 'quay' } });
    expect((await pay({ product_id: lifetime, discount_code: 'launch' })).body.amount).toBe(450);
  });

  test('takes products of the app only, and either a percentage or amounts', async () => {
    const foreign = await ask('POST', '/v1/discounts', {
      name: 'Launch',
      basis_points: 100,
      product_ids: [lifetime, atlasPro],
    });
    expect([foreign.status, foreign.body.errors?.[0]?.path]).toEqual([422, 'body.product_ids.1']);
    const both = { name: 'Launch', basis_points: 100, amounts: { usd: 100 } };
    expect((await ask('POST', '/v1/discounts', both)).body.errors?.[0]?.path).toBe('body.basis_points');
    const months = { name: 'Launch', basis_points: 100, duration: 'repeating' };
    expect((await ask('POST', '/v1/discounts', months)).body.errors?.[0]?.path).toBe(
      'body.duration_in_months',
    );
    const window = {
      name: 'Launch',
      basis_points: 100,
      starts_at: '2026-12-02',
      ends_at: '2026-12-01',
    };
    expect((await ask('POST', '/v1/discounts', window)).body.errors?.[0]?.path).toBe('body.ends_at');
  });

  test('takes an amount off in each currency', async () => {
    const made = await make({ basis_points: undefined, amounts: { usd: 300, eur: 250 }, product_ids: [pro] });
    expect((await pay({ product_id: pro, discount_id: made.id })).body.amount).toBe(1700);
  });

  test('has a code of its own, and a lost answer finds it again', async () => {
    const headers = { 'idempotency-key': 'launch' };
    const body = { name: 'Launch', code: 'LAUNCH', basis_points: 5000 };
    const first = await ask('POST', '/v1/discounts', body, { headers });
    await env.DB.prepare('delete from idempotency_keys').run();
    const again = await ask('POST', '/v1/discounts', body, { headers });
    expect([again.status, again.body.id]).toEqual([201, first.body.id]);
    const other = await ask('POST', '/v1/discounts', body, { app: atlas });
    expect([other.status, other.body.errors?.[0]?.path]).toEqual([422, 'body.code']);
  });

  test('of a lost answer is found behind a hundred others with its code in their names', async () => {
    const others = Array.from({ length: 100 }, (_, at) => ({
      name: `Launch ${at}`,
      type: 'percentage',
      duration: 'once',
      basis_points: 1000,
    }));
    await Promise.all(others.map((each) => world.polar('sandbox', 'POST', '/v1/discounts/', each)));
    const headers = { 'idempotency-key': 'launch' };
    const body = { name: 'For all', code: 'LAUNCH', basis_points: 5000 };
    const first = await ask('POST', '/v1/discounts', body, { headers });
    await env.DB.prepare('delete from idempotency_keys').run();
    const again = await ask('POST', '/v1/discounts', body, { headers });
    expect([again.status, again.body.id]).toEqual([201, first.body.id]);
  });

  test('keeps a time between its beginning and its end, and names each product once', async () => {
    const { id } = await make({ starts_at: '2027-12-01', ends_at: '2027-12-24' });
    const change = (patch: object) => ask('PATCH', `/v1/discounts/${id}`, patch);
    expect((await change({ ends_at: '2027-11-30' })).body.errors?.[0]?.path).toBe('body.ends_at');
    expect((await change({ starts_at: '2027-12-24' })).body.errors?.[0]?.path).toBe('body.starts_at');
    expect((await change({ starts_at: null })).status).toBe(200);
    expect((await change({ ends_at: '2027-11-30' })).status).toBe(200);
    const twice = await change({ product_ids: [pro, pro] });
    expect([twice.status, twice.body.errors?.[0]?.path]).toEqual([422, 'body.product_ids']);
  });

  test('keeps both of two changes at once, and loses the products of others', async () => {
    const { id } = await make({ product_ids: [lifetime, pro] });
    // Its products are changed between what the other change reads and what it writes.
    let meanwhile: Promise<unknown> | undefined;
    world.polarRequests.push = (line) => {
      if (line.startsWith('PATCH '))
        meanwhile ??= world.polar('sandbox', 'PATCH', `/v1/discounts/${id}`, { products: [pro] });
      return 0;
    };
    await ask('PATCH', `/v1/discounts/${id}`, { name: 'Later' });
    await meanwhile;
    expect(await atPolar(id)).toMatchObject({ name: 'Later', products: [{ id: pro }] });
    const marked = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/discounts/', {
      name: 'Marked',
      type: 'percentage',
      duration: 'once',
      basis_points: 1000,
      products: [pro, atlasPro],
      metadata: { gateway_product: 'quay' },
    });
    expect((await ask('PATCH', `/v1/discounts/${marked.id}`, { name: 'Ours' })).status).toBe(200);
    expect(await atPolar(marked.id)).toMatchObject({ name: 'Ours', products: [{ id: pro }] });
  });

  test('is changed, and stays the app’s', async () => {
    const { id } = await make({ code: 'LAUNCH', max_redemptions: 10, metadata: { a: 1 } });
    const changed = await ask('PATCH', `/v1/discounts/${id}`, {
      name: 'Later',
      max_redemptions: null,
      product_ids: [pro],
      metadata: { b: 2 },
    });
    expect(changed.body).toMatchObject({
      name: 'Later',
      remaining: null,
      product_ids: [pro],
      metadata: { b: 2 },
    });
    expect(await atPolar(id)).toMatchObject({ metadata: { gateway_product: 'quay', b: 2 } });
    const amounts = await ask('PATCH', `/v1/discounts/${id}`, { amounts: { usd: 1 } });
    expect([amounts.status, amounts.body.errors?.[0]?.path]).toEqual([422, 'body.amounts']);
    const foreign = await ask('PATCH', `/v1/discounts/${id}`, { product_ids: [atlasPro] });
    expect([foreign.status, foreign.body.errors?.[0]?.path]).toEqual([422, 'body.product_ids.0']);
  });

  test('that was redeemed keeps what it takes off', async () => {
    const { id } = await make({ code: 'LAUNCH' });
    await buy({ product_id: lifetime, discount_code: 'LAUNCH' });
    const changed = await ask('PATCH', `/v1/discounts/${id}`, { basis_points: 100 });
    expect(changed.status).toBe(409);
  });

  test('is gone once it was deleted', async () => {
    const { id } = await make({ code: 'LAUNCH' });
    expect((await ask('DELETE', `/v1/discounts/${id}`)).status).toBe(204);
    expect((await ask('GET', `/v1/discounts/${id}`)).status).toBe(404);
    expect((await ask('DELETE', `/v1/discounts/${id}`)).status).toBe(404);
    expect((await pay({ product_id: lifetime, discount_code: 'LAUNCH' })).status).toBe(422);
  });

  test('of another app, of all products or of nobody is not found, in the same words', async () => {
    const theirs = await make({}, atlas);
    const everywhere = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/discounts/', {
      name: 'Everywhere',
      type: 'percentage',
      duration: 'once',
      basis_points: 1000,
    });
    const shown = [];
    for (const id of [theirs.id, everywhere.id, crypto.randomUUID()])
      for (const [method, path, body] of [
        ['GET', `/v1/discounts/${id}`],
        ['PATCH', `/v1/discounts/${id}`, { name: 'Mine' }],
        ['DELETE', `/v1/discounts/${id}`],
        ['GET', `/v1/discounts/${id}/redemptions`],
        ['GET', `/v1/discounts/${id}/remaining`],
      ] as const) {
        const answer = await ask(method, path, body);
        const { request_id: _, ...rest } = answer.body as unknown as Record<string, unknown>;
        shown.push(JSON.stringify([answer.status, rest]));
      }
    expect(new Set(shown).size).toBe(1);
    expect(shown[0]).toContain('[404,');
    expect((await atPolar(theirs.id))['name']).toBe('Launch');
  });
});

describe('the list', () => {
  test('has the app’s discounts page by page, and nobody else’s', async () => {
    const made = [];
    for (const name of ['One', 'Two', 'Three']) {
      made.push((await make({ name })).id);
      await make({ name }, atlas);
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const at: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await ask('GET', `/v1/discounts?limit=2${at}`);
      seen.push(...body.data.map(({ id }) => id));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(made);
  });

  test('finds one by its code', async () => {
    await make({ code: 'LAUNCHED' });
    const { id } = await make({ code: 'LAUNCH' });
    const { body } = await ask('GET', '/v1/discounts?code=launch');
    expect(body.data.map((each) => each.id)).toEqual([id]);
  });
});

describe('what is left', () => {
  const remaining = (id: string, app: TestApp = quay) =>
    call<Shown>('GET', `/v1/discounts/${id}/remaining`, {
      key: app.publishableKey,
      headers: { origin: ORIGIN, 'cf-connecting-ip': '198.18.107.1' },
    });

  test('is told to anybody with the publishable key, and Polar is asked once a minute', async () => {
    const { id } = await make({ code: 'LAUNCH', max_redemptions: 3 });
    await buy({ product_id: lifetime, discount_code: 'LAUNCH' });
    world.polarRequests.length = 0;
    const first = await remaining(id);
    expect([first.status, first.body.remaining]).toEqual([200, 2]);
    expect(first.headers.get('cache-control')).toBe('public, max-age=60');
    await remaining(id);
    expect(world.polarRequests).toEqual([`GET /v1/discounts/${id}`]);
    await world.advance(61_000);
    await remaining(id);
    expect(world.polarRequests).toHaveLength(2);
  });

  test('is kept for a month after somebody has asked', async () => {
    const { id } = await make({ max_redemptions: 3 });
    const old = await make();
    for (const each of [old.id, id]) await remaining(each);
    await env.DB.prepare('update discount_counts set read_at = 0 where id = ?').bind(old.id).run();
    await world.advance(61_000);
    await remaining(id);
    const { results } = await env.DB.prepare('select id from discount_counts').all();
    expect(results).toEqual([{ id }]);
  });

  test('is the last number while Polar is away', async () => {
    const { id } = await make({ max_redemptions: 3 });
    await remaining(id);
    await world.advance(61_000);
    world.polarDown = true;
    expect((await remaining(id)).body.remaining).toBe(3);
    expect((await remaining(crypto.randomUUID())).status).toBe(503);
    world.polarDown = false;
  });
});

describe('redemptions', () => {
  test('are the paid purchases with it, and its end is told once', async () => {
    const { id } = await make({ code: 'LAUNCH', max_redemptions: 2 });
    await pay({ product_id: lifetime, discount_code: 'LAUNCH' });
    await buy({ product_id: lifetime, discount_code: 'LAUNCH' });
    expect(told('discount.exhausted')).toEqual([]);
    await buy({ product_id: pro, discount_code: 'LAUNCH' }, 'grace@readers.dev');
    const { body } = await ask('GET', `/v1/discounts/${id}/redemptions`);
    expect(body.data).toHaveLength(2);
    expect(body.data[0]).toMatchObject({ product_id: pro, discount_amount: 1000 });
    expect(told('discount.exhausted').map(({ data }) => data['discount'])).toEqual([
      { id, max_redemptions: 2 },
    ]);
    expect((await pay({ product_id: lifetime, discount_code: 'LAUNCH' })).status).toBe(422);
    expect((await ask('GET', `/v1/discounts/${id}`)).body.status).toBe('exhausted');
  });

  test('of a discount that is not marked as the app’s exhaust nothing that is told', async () => {
    const { id } = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/discounts/', {
      name: 'Bound',
      type: 'percentage',
      duration: 'once',
      basis_points: 1000,
      max_redemptions: 1,
      products: [lifetime],
    });
    await buy({ product_id: lifetime, discount_id: id });
    expect(told('payment.succeeded')).toHaveLength(1);
    expect(told('discount.exhausted')).toEqual([]);
  });
});

describe('a campaign', () => {
  const campaign = (rules: object[], more: object = {}) =>
    ask('POST', '/v1/campaigns', { name: 'Launch', code: 'LAUNCH', rules, ...more });

  test('gives each plan its own discount by one code', async () => {
    const half = await make({ product_ids: [lifetime] });
    const tenth = await make({ basis_points: 1000, product_ids: [pro] });
    await campaign([
      { discount_id: half.id, product_ids: [lifetime] },
      { discount_id: tenth.id, product_ids: [pro] },
    ]);
    expect((await pay({ product_id: lifetime, discount_code: 'launch' })).body.amount).toBe(450);
    expect((await pay({ product_id: pro, discount_code: 'LAUNCH' })).body.amount).toBe(1800);
  });

  test('takes nothing off a checkout whose buyer could change to a plan that its rule is not for', async () => {
    const half = await make();
    const tenth = await make({ basis_points: 1000 });
    await campaign([{ discount_id: half.id, product_ids: [pro] }]);
    const both = { product_ids: [pro, lifetime], discount_code: 'LAUNCH' };
    const refused = await pay(both);
    expect([refused.status, refused.body.errors?.[0]?.path]).toEqual([422, 'body.discount_code']);
    const link = await ask('POST', '/v1/checkout-links', { settings: both });
    expect([link.status, link.body.errors?.[0]?.path]).toEqual([422, 'body.settings.discount_code']);
    await campaign([{ discount_id: half.id, product_ids: [pro] }, { discount_id: tenth.id }], {
      code: 'ALL',
    });
    expect((await pay({ ...both, discount_code: 'ALL' })).body.amount).toBe(1800);
    expect((await pay({ product_id: pro, discount_code: 'ALL' })).body.amount).toBe(1000);
  });

  test('keeps both of two changes at once', async () => {
    const { id } = await make();
    const made = await campaign([{ discount_id: id }]);
    const path = `/v1/campaigns/${made.body.id}`;
    const changes = [{ name: 'Later' }, { code: 'LATER' }];
    await Promise.all(changes.map((change) => ask('PATCH', path, change)));
    expect((await ask('GET', path)).body).toMatchObject({ name: 'Later', code: 'LATER' });
  });

  test('goes on with the next batch when one is used up, and ends with the last', async () => {
    const first = await make({ max_redemptions: 1 });
    const second = await make({ basis_points: 1000, max_redemptions: 1 });
    await campaign([{ discount_id: first.id }, { discount_id: second.id }]);
    const code = { product_id: pro, discount_code: 'LAUNCH' };
    expect((await pay(code)).body.amount).toBe(1000);
    await buy(code);
    expect((await pay(code)).body.amount).toBe(1800);
    await buy(code, 'grace@readers.dev');
    const over = await pay(code);
    expect([over.status, over.body.errors?.[0]?.path]).toEqual([422, 'body.discount_code']);
  });

  test('asks Polar nothing of batches that were used up a moment ago, however many they are', async () => {
    const made = [];
    for (let at = 0; at < 5; at++) made.push(await make({ max_redemptions: 1 }));
    const last = await make({ basis_points: 1000 });
    await campaign([...made, last].map(({ id }) => ({ discount_id: id })));
    for (const { id } of made) await useUp(id);
    const code = { product_id: pro, discount_code: 'LAUNCH' };
    const requests = async () => {
      world.polarRequests.length = 0;
      expect((await pay(code)).body.amount).toBe(1800);
      return world.polarRequests.map((line) => line.replace(/[0-9a-f-]{36}/, ':id')).toSorted();
    };
    const asked = (times: number) => Array.from({ length: times }, () => 'GET /v1/discounts/:id');
    const opened = 'POST /v1/checkouts/';
    // The first is refused; all are looked at, and the last is taken.
    expect(await requests()).toEqual([...asked(6), opened, opened]);
    expect(await requests()).toEqual([opened]);
    await world.advance(61_000);
    expect(await requests()).toEqual([...asked(5), opened]);
    await ask('DELETE', `/v1/discounts/${last.id}`);
    expect((await pay(code)).status).toBe(422);
    world.polarRequests.length = 0;
    expect((await pay(code)).status).toBe(422);
    expect(world.polarRequests).toEqual([]);
  });

  test('gives a batch that has room again before those behind it', async () => {
    const first = await make({ max_redemptions: 1 });
    const second = await make({ basis_points: 1000 });
    await campaign([{ discount_id: first.id }, { discount_id: second.id }]);
    await useUp(first.id);
    const code = { product_id: pro, discount_code: 'LAUNCH' };
    expect((await pay(code)).body.amount).toBe(1800);
    await ask('PATCH', `/v1/discounts/${first.id}`, { max_redemptions: 2 });
    expect((await pay(code)).body.amount).toBe(1000);
  });

  test('says how much is left of it, to anybody with the publishable key, once a minute', async () => {
    const first = await make({ max_redemptions: 1 });
    const second = await make({ basis_points: 1000, max_redemptions: 5 });
    const later = await make({ max_redemptions: 3, starts_at: '2027-12-01' });
    const rules = [{ discount_id: first.id }, { discount_id: second.id, product_ids: [pro] }];
    const made = await campaign([...rules, { discount_id: later.id }]);
    await useUp(first.id);
    const path = `/v1/campaigns/${made.body.id}/remaining`;
    const look = () =>
      call<Shown>('GET', path, {
        key: quay.publishableKey,
        headers: { origin: ORIGIN, 'cf-connecting-ip': '198.18.107.2' },
      });
    world.polarRequests.length = 0;
    const { body, headers } = await look();
    expect(headers.get('cache-control')).toBe('public, max-age=60');
    expect(body).toMatchObject({
      id: made.body.id,
      code: 'LAUNCH',
      remaining: 8,
      rules: [
        { discount_id: first.id, product_ids: null, status: 'exhausted', remaining: 0 },
        { discount_id: second.id, product_ids: [pro], status: 'active', remaining: 5 },
        { discount_id: later.id, status: 'scheduled', remaining: 3 },
      ],
    });
    expect(world.polarRequests).toHaveLength(3);
    await look();
    expect(world.polarRequests).toHaveLength(3);
    await world.advance(61_000);
    world.polarDown = true;
    expect((await look()).body).toEqual(body);
    world.polarDown = false;
    await ask('PATCH', `/v1/discounts/${second.id}`, { max_redemptions: null });
    expect((await look()).body.remaining).toBeNull();
    expect((await ask('GET', path, undefined, { app: atlas })).status).toBe(404);
  });

  test('is of the app alone: another app’s code means nothing, and takes no name away', async () => {
    const { id } = await make();
    const made = await campaign([{ discount_id: id }]);
    const theirs = await make({}, atlas);
    const rules = [{ discount_id: theirs.id }];
    const body = { name: 'Launch', code: 'LAUNCH', rules };
    expect((await ask('POST', '/v1/campaigns', body, { app: atlas })).status).toBe(201);
    for (const [method, more] of [['GET'], ['PATCH', { name: 'Mine' }], ['DELETE']] as const) {
      const path = `/v1/campaigns/${made.body.id}`;
      expect((await ask(method, path, more, { app: atlas })).status).toBe(404);
    }
    const foreign = await campaign(rules, { code: 'OTHER' });
    expect([foreign.status, foreign.body.errors?.[0]?.path]).toEqual([422, 'body.rules.0.discount_id']);
  });

  test('and a discount of the app never have the same code, in any case', async () => {
    const plain = await make();
    const coded = await make({ code: 'SUMMER' });
    const made = await campaign([{ discount_id: plain.id }]);
    expect((await campaign([{ discount_id: plain.id }], { code: 'summer' })).status).toBe(409);
    const path = `/v1/campaigns/${made.body.id}`;
    expect((await ask('PATCH', path, { name: 'Else', code: 'Summer' })).status).toBe(409);
    expect((await ask('GET', path)).body).toMatchObject({ name: 'Launch', code: 'LAUNCH' });
    const taken = { name: 'Launch', basis_points: 100, code: 'Launch' };
    world.polarRequests.length = 0;
    const headers = { 'idempotency-key': 'shadow' };
    const refused = await ask('POST', '/v1/discounts', taken, { headers });
    expect([refused.status, world.polarRequests]).toEqual([409, []]);
    const change = await ask('PATCH', `/v1/discounts/${coded.id}`, { name: 'Else', code: 'launch' });
    expect(change.status).toBe(409);
    expect(await atPolar(coded.id)).toMatchObject({ name: 'Launch', code: 'SUMMER' });
    // Another app's codes mean nothing here.
    await make({ code: 'THEIRS' }, atlas);
    expect((await ask('PATCH', path, { code: 'THEIRS' })).status).toBe(200);
    expect((await ask('PATCH', path, { code: 'SUMMER' })).status).toBe(409);
    await ask('PATCH', `/v1/discounts/${coded.id}`, { code: null });
    expect((await ask('PATCH', path, { code: 'SUMMER' })).status).toBe(200);
    // The same code again is no new one.
    expect(
      (await ask('PATCH', `/v1/discounts/${plain.id}`, { code: 'NEW', max_redemptions: 9 })).status,
    ).toBe(200);
    expect((await ask('PATCH', `/v1/discounts/${plain.id}`, { code: 'new', name: 'N' })).status).toBe(200);
  });

  test('of two at once that want a code, a campaign and a discount, never both get it', async () => {
    const { id } = await make();
    const other = await make({ name: 'Other', max_redemptions: 5 });
    const rules = [{ discount_id: id }];
    const has = async (code: string) => {
      const campaigns = (await ask('GET', '/v1/campaigns')).body.data;
      const discounts = (await ask('GET', '/v1/discounts')).body.data;
      return [...campaigns, ...discounts].filter((each) => each.code?.toUpperCase() === code).length;
    };
    for (const code of ['ONE', 'TWO', 'THREE']) {
      const wanted = { name: 'Launch', basis_points: 100, code };
      const answers = await Promise.all([campaign(rules, { code }), ask('POST', '/v1/discounts', wanted)]);
      expect(answers.map(({ status }) => status)).toContain(409);
      expect(await has(code)).toBeLessThan(2);
    }
    const begun = await campaign(rules, { code: 'BEGUN' });
    const both = await Promise.all([
      ask('PATCH', `/v1/campaigns/${begun.body.id}`, { code: 'FOUR' }),
      ask('PATCH', `/v1/discounts/${other.id}`, { code: 'FOUR', name: 'Four', max_redemptions: null }),
    ]);
    expect(both.map(({ status }) => status)).toContain(409);
    expect(await has('FOUR')).toBeLessThan(2);
  });

  test('that gets its code while a discount with it is made or changed at Polar keeps it', async () => {
    const { id } = await make();
    const other = await make({ name: 'Other', max_redemptions: 5 });
    const insert = async (campaignId: string, code: string) =>
      env.DB.prepare(`insert into campaigns values (?, ?, 'Launch', ?, ?, 0, 0)`)
        .bind(campaignId, quay.id, code, JSON.stringify([{ discountId: id, productIds: null }]))
        .run();
    /** As if somebody made the campaign between Polar’s answer to such a request and what the gateway does then. */
    const through = globalThis.fetch;
    const answering = (method: string, then: () => Promise<unknown>) => {
      let isFirst = true;
      vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
        const request = new Request(input, init);
        const isIt = request.method === method && new URL(request.url).pathname.startsWith('/v1/discounts');
        const answer = await through(request);
        if (isIt && isFirst) {
          isFirst = false;
          await then();
        }
        return answer;
      });
    };
    answering('POST', () => insert('cmp_01kb3z8q4yf6dvkwm2t5n9cr7a', 'late'));
    const wanted = { name: 'Late', basis_points: 100, code: 'LATE' };
    expect((await ask('POST', '/v1/discounts', wanted)).status).toBe(409);
    answering('PATCH', () => insert('cmp_01kb3z8q4yf6dvkwm2t5n9cr7b', 'soon'));
    const change = { code: 'SOON', name: 'Soon', max_redemptions: null };
    expect((await ask('PATCH', `/v1/discounts/${other.id}`, change)).status).toBe(409);
    expect(await atPolar(other.id)).toMatchObject({ code: null, name: 'Other', max_redemptions: 5 });
    const names = (await ask('GET', '/v1/discounts')).body.data.map(({ name }) => name);
    expect(names.toSorted()).toEqual(['Launch', 'Other']);
  });

  test('has a code that no other of the app has, is changed, listed and deleted', async () => {
    const { id } = await make();
    const made = await campaign([{ discount_id: id }]);
    expect(made.status).toBe(201);
    expect((await campaign([{ discount_id: id }])).status).toBe(409);
    const path = `/v1/campaigns/${made.body.id}`;
    expect((await ask('PATCH', path, { code: 'LATER' })).body.code).toBe('LATER');
    expect((await ask('GET', '/v1/campaigns')).body.data.map((each) => each.id)).toEqual([made.body.id]);
    expect((await pay({ product_id: lifetime, discount_code: 'LAUNCH' })).status).toBe(422);
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('GET', path)).status).toBe(404);
    expect((await pay({ product_id: lifetime, discount_code: 'LATER' })).status).toBe(422);
  });
});
