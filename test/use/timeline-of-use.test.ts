import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { uploadFile } from '../harness/upload.ts';
import { refundNewestOrder, startPayment } from '../harness/story.ts';
import { runCron } from '../compare/reconcile-calls.ts';
import { askFile, buyFile, givesFiles, sessionOf } from './file-shop.ts';
import { activate, buyKey, createKeyProduct, deactivate } from './license-keys/license-calls.ts';

/* What a customer's timeline says of gifts, files and licence keys. */

const DAY = 86_400_000;

let world: World;
let quay: TestApp;
let atlas: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
});
afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

interface Entry {
  id: string;
  at: string;
  type: string;
  summary: string;
  ref: { kind: string; id: string };
  payment_id: string | null;
  event_id: string | null;
}
interface Page {
  data: Entry[];
  next_cursor: string | null;
}

/** All pages of so many entries. */
async function readAll(
  who: string,
  query: Record<string, string> = {},
  { secretKey: key } = quay,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const asked = new URLSearchParams({ ...query, ...(cursor === '' ? {} : { cursor }) });
    const page: Awaited<ReturnType<typeof call<Page>>> = await call<Page>(
      'GET',
      `/v1/customers/${encodeURIComponent(who)}/timeline?${asked.toString()}`,
      { key },
    );
    expect([page.status, page.text]).toEqual([200, page.text]);
    entries.push(...page.body.data);
    cursor = page.body.next_cursor;
  }
  return entries;
}

const said = (entries: readonly Entry[]) => entries.map(({ type, summary }) => [type, summary]);
const ofUse = (entries: readonly Entry[]) =>
  entries.filter(({ type }) => /^(gift|file|license_key)\./.test(type));

/** Pages of any size are the same list. */
async function expectSamePages(who: string, query: Record<string, string> = {}): Promise<Entry[]> {
  const whole = await readAll(who, { ...query, limit: '100' });
  for (const limit of ['1', '2', '3']) expect(await readAll(who, { ...query, limit })).toEqual(whole);
  return whole;
}

/** A gift that somebody has paid. */
async function sellGift(product: string, body: object = {}) {
  const { body: gift } = await call<{
    id: string;
    payment_id: string;
    checkout_url: string;
    claim_url: string;
  }>('POST', '/v1/gifts', { key: quay.secretKey, body: { product_id: product, from_name: 'Ada', ...body } });
  await world.pay('sandbox', gift.checkout_url, { email: 'ada@readers.dev' });
  await world.settle();
  const giver = await env.DB.prepare('select customer_id as id from payments where id = ?')
    .bind(gift.payment_id)
    .first<string>('id');
  return { ...gift, giver: giver ?? '' };
}
const claim = (link: string, customer: string) =>
  call('POST', '/v1/gift-claims', { key: quay.secretKey, body: { code: link, customer } });

describe('a gift', () => {
  it('stands with who paid it and with who accepted it, from the purchase to the refund', async () => {
    const { id: book } = await world.createProduct({ name: 'quay:book' });
    const gift = await sellGift(book);
    expect((await claim(gift.claim_url, 'external:friend')).status).toBe(200);
    await refundNewestOrder(world, { revoke_benefits: true });
    await world.settle();

    const giver = ofUse(await expectSamePages(gift.giver));
    expect(said(giver)).toEqual([
      ['gift.refunded', 'The gift was refunded: quay:book.'],
      ['gift.claimed', 'The gift was accepted: quay:book.'],
      ['gift.bought', 'Bought quay:book as a gift.'],
    ]);
    expect(giver.map(({ ref, payment_id }) => [ref, payment_id])).toEqual(
      giver.map(() => [{ kind: 'gift', id: gift.id }, gift.payment_id]),
    );
    expect(giver[0]?.event_id).toMatch(/^evt_/);
    const friend = await expectSamePages('external:friend');
    expect(said(friend)).toEqual([
      ['gift.refunded', 'The gift was refunded: quay:book.'],
      ['gift.received', 'Accepted a gift: quay:book from Ada.'],
    ]);
    expect(await expectSamePages(gift.giver, { type: 'gift.*' })).toEqual(giver);
    expect(await readAll('external:friend', { type: 'gift.received' })).toEqual([friend[1]]);
  });

  it('that is given away later, mailed, and taken back', async () => {
    const { id: book } = await world.createProduct({ name: 'quay:book' });
    const payment = await startPayment(quay, book);
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    const { customer } = (await env.DB.prepare('select customer_id as customer from payments where id = ?')
      .bind(payment.id)
      .first<{ customer: string }>()) ?? { customer: '' };
    const { body } = await call<{ id: string }>('POST', '/v1/gifts', {
      key: quay.secretKey,
      body: { payment: payment.id, to_email: 'friend@readers.dev' },
    });
    await expect
      .poll(async () => (await readAll(customer, { type: 'gift.mailed' })).length, { timeout: 20_000 })
      .toBe(1);
    await call('POST', `/v1/gifts/${body.id}/cancel`, { key: quay.secretKey, body: {} });
    await world.settle();
    expect(said(ofUse(await expectSamePages(customer)))).toEqual([
      // It is a gift no more, so that its refund is the payment's alone.
      ['gift.canceled', 'The gift was taken back: quay:book.'],
      ['gift.mailed', 'The link of the gift was mailed: quay:book.'],
      ['gift.bought', 'Gave quay:book away as a gift.'],
    ]);
  });

  it('that nobody has paid is not bought; one that its giver accepts is both', async () => {
    const { id: book } = await world.createProduct({ name: 'quay:book' });
    const gift = await sellGift(book);
    await call('POST', '/v1/gifts', {
      key: quay.secretKey,
      body: { product_id: book, customer: { external_id: 'asker' } },
    });
    expect(ofUse(await readAll('external:asker'))).toEqual([]);
    await claim(gift.claim_url, gift.giver);
    expect(
      said(ofUse(await expectSamePages(gift.giver)))
        .map(([type]) => type)
        .toSorted(),
    ).toEqual(['gift.bought', 'gift.claimed', 'gift.received']);
  });
});

describe('a file', () => {
  it('stands there each time that it was handed out, for 90 days', async () => {
    const file = await uploadFile(world, 'guide.pdf');
    const { id: product } = await world.createProduct({ name: 'quay:guide', benefits: [givesFiles([file])] });
    const { customerId } = await buyFile(world, quay, product);
    const key = await sessionOf(quay, customerId);
    for (let times = 0; times < 3; times++)
      expect((await askFile(key, file, {}, { accept: 'application/json' })).status).toBe(200);
    const fetched = await expectSamePages(customerId, { type: 'file.downloaded' });
    expect(said(fetched)).toEqual(fetched.map(() => ['file.downloaded', 'Fetched guide.pdf.']));
    expect(fetched.map(({ ref }) => ref)).toEqual([1, 2, 3].map(() => ({ kind: 'file', id: file })));
    expect(ofUse(await expectSamePages(customerId))).toEqual(fetched);

    // All in one moment.
    await env.DB.prepare('update downloads set created_at = 5').run();
    expect(new Set((await expectSamePages(customerId, { type: 'file.*' })).map(({ id }) => id)).size).toBe(3);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 91 * DAY });
    await runCron();
    expect(await readAll(customerId, { type: 'file.*' })).toEqual([]);
  });
});

describe('a licence key', () => {
  it('stands there when it is activated and when an activation is given up, by a server or a program', async () => {
    const { productId } = await createKeyProduct(world, 'quay:app', {
      activations: { limit: 3, enable_customer_admin: false },
    });
    const key = await buyKey(world, quay, productId);
    const program = { key: quay.publishableKey };
    const { body } = await activate(quay, { key: key.key }, program);
    const server = await activate(quay, { key: key.key }, { headers: { 'idempotency-key': 'one' } });
    await activate(quay, { key: key.key }, { headers: { 'idempotency-key': 'one' } });
    await deactivate(quay, { key: key.key, activation_id: body.activation?.id }, program);
    // Nothing happens by these.
    await deactivate(quay, { key: key.key, activation_id: body.activation?.id }, program);
    await deactivate(atlas, { key: key.key, activation_id: server.body.activation?.id });
    const entries = ofUse(await expectSamePages(key.customer_id));
    expect(said(entries)).toEqual([
      ['license_key.deactivated', `Gave up an activation of the licence key ${key.display_key}.`],
      ['license_key.activated', `Activated the licence key ${key.display_key}.`],
      ['license_key.activated', `Activated the licence key ${key.display_key}.`],
    ]);
    expect(entries.map(({ ref }) => ref)).toEqual(entries.map(() => ({ kind: 'license_key', id: key.id })));
    expect(await expectSamePages(key.customer_id, { type: 'license_key.activated' })).toEqual(
      entries.slice(1),
    );
    expect(JSON.stringify(await env.DB.prepare('select * from license_activations').all())).not.toContain(
      key.key,
    );

    await env.DB.prepare('update license_activations set created_at = 5').run();
    const ids = (await expectSamePages(key.customer_id, { type: 'license_key.*' })).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 366 * DAY });
    await runCron();
    expect(await readAll(key.customer_id, { type: 'license_key.*' })).toEqual([]);
  });
});

it('of another app nothing of it is there, though the customer is the same', async () => {
  const file = await uploadFile(world, 'guide.pdf');
  const benefits = [givesFiles([file])];
  const { id: theirs } = await world.createProduct({ name: 'atlas:guide', benefits });
  const { customerId } = await buyFile(world, atlas, theirs);
  const { id: mine } = await world.createProduct({ name: 'quay:book' });
  await buyFile(world, quay, mine);
  const { productId } = await createKeyProduct(world, 'atlas:app', {
    activations: { limit: 3, enable_customer_admin: false },
  });
  const key = await buyKey(world, atlas, productId);
  expect(key.customer_id).toBe(customerId);
  await activate(atlas, { key: key.key });
  await askFile(await sessionOf(atlas, customerId), file, {}, { accept: 'application/json' });
  const given = await call<{ id: string; checkout_url: string; claim_url: string }>('POST', '/v1/gifts', {
    key: atlas.secretKey,
    body: { product_id: theirs },
  });
  await world.pay('sandbox', given.body.checkout_url, { email: 'ada@readers.dev' });
  await world.settle();
  await call('POST', '/v1/gift-claims', {
    key: atlas.secretKey,
    body: { code: given.body.claim_url, customer: customerId },
  });
  const types = ofUse(await readAll(customerId, {}, atlas)).map(({ type }) => type);
  expect(types.toSorted()).toEqual([
    'file.downloaded',
    'gift.bought',
    'gift.claimed',
    'gift.received',
    'license_key.activated',
  ]);
  expect(ofUse(await readAll(customerId))).toEqual([]);
});
