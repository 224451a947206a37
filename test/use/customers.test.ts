import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CustomerExportView } from '../../src/use/customers/export.answers.ts';
import type { CustomerDetailView, CustomerListView } from '../../src/use/customers/customers.answers.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { requestInterrupted } from '../harness/interrupted.ts';
import { startPayment } from '../harness/story.ts';

/* Who an app's customers are: those who bought there, as its own purchases showed them. */

let world: World;
let quay: TestApp;
let atlas: TestApp;
let book: string;
let map: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
  const benefits = [{ type: 'custom', description: 'The book', metadata: { content_id: 'books/one' } }];
  book = (await world.createProduct({ name: 'quay:book', price: 900, benefits })).id;
  map = (await world.createProduct({ name: 'atlas:map', price: 500 })).id;
  await world.settle();
});
afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

/** The id of the customer who bought. */
async function buy(app: TestApp, product: string, email: string, body: Record<string, unknown> = {}) {
  const { id, checkoutUrl } = await startPayment(app, product, body);
  await world.pay('sandbox', checkoutUrl, { email });
  await world.settle();
  const row = await env.DB.prepare('select customer_id as id from payments where id = ?')
    .bind(id)
    .first<{ id: string }>();
  if (!row?.id) throw new Error('nobody bought');
  return row.id;
}

const list = async (query: Record<string, string> = {}, app = quay) => {
  const answer = await call<CustomerListView>(
    'GET',
    `/v1/customers?${new URLSearchParams(query).toString()}`,
    { key: app.secretKey },
  );
  expect([answer.status, answer.text]).toEqual([200, answer.text]);
  return answer.body;
};
const emailsOf = ({ data }: CustomerListView) => data.map(({ email }) => email);

/** All pages of one. */
async function listAll(query: Record<string, string> = {}): Promise<string[]> {
  const emails: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: CustomerListView = await list({ limit: '1', ...query, ...(cursor === '' ? {} : { cursor }) });
    emails.push(...page.data.map(({ email }) => String(email)));
    cursor = page.next_cursor;
  }
  return emails;
}

const get = (who: string, app = quay) =>
  call<CustomerDetailView>('GET', `/v1/customers/${encodeURIComponent(who)}`, { key: app.secretKey });

const name = (customer: string, externalId: string, method = 'PUT', app = quay) =>
  call(method, `/v1/customers/${customer}/external-ids/${encodeURIComponent(externalId)}`, {
    key: app.secretKey,
  });

const allows = async (who: string) => {
  const answer = await call<{ allow: boolean }>(
    'GET',
    `/v1/access?resource=content:books/one&max_age=0&customer=${encodeURIComponent(who)}`,
    { key: quay.secretKey },
  );
  return answer.body.allow;
};

describe('the list', () => {
  it('has whoever bought of this app, and nobody who bought of another or never paid', async () => {
    await buy(quay, book, 'ada@readers.dev');
    await buy(atlas, map, 'bert@readers.dev');
    await startPayment(quay, book, { customer: { email: 'cora@readers.dev' } });
    await world.settle();
    expect(emailsOf(await list())).toEqual(['ada@readers.dev']);
    expect(emailsOf(await list({}, atlas))).toEqual(['bert@readers.dev']);
  });

  it('goes by time or address either way, in pages, within a range', async () => {
    const order = ['cora@readers.dev', 'ada@readers.dev', 'bert@readers.dev'];
    for (const email of order) await buy(quay, book, email);
    // A second purchase makes no second customer, and does not move the first.
    await buy(quay, book, 'cora@readers.dev');
    expect(await listAll({ sort: 'created_at' })).toEqual(order);
    expect(await listAll()).toEqual(order.toReversed());
    const byEmail = ['ada@readers.dev', 'bert@readers.dev', 'cora@readers.dev'];
    expect(await listAll({ sort: 'email' })).toEqual(byEmail);
    expect(await listAll({ sort: '-email' })).toEqual(byEmail.toReversed());
    const [, second] = (await list({ sort: 'created_at' })).data;
    const range = { created_after: String(second?.created_at) };
    expect(await listAll({ ...range, sort: 'created_at' })).toEqual(order.slice(1));
    expect(await listAll({ created_before: String(second?.created_at) })).toEqual(order.slice(0, 1));
    expect(await listAll({ ...range, sort: 'email' })).toHaveLength(2);
  });

  it('finds beginnings of addresses and external ids, each customer once', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev');
    const bert = await buy(quay, book, 'bert@readers.dev');
    for (const [customer, id] of [
      [ada, 'ada-1'],
      [ada, 'ada-2'],
      [bert, 'ada-3'],
    ] as const)
      expect((await name(customer, id)).status).toBe(204);
    expect(await listAll({ q: 'ADA' })).toEqual(['ada@readers.dev']);
    expect(await listAll({ q: 'ada' })).toEqual(['ada@readers.dev', 'bert@readers.dev']);
    expect(await listAll({ q: 'ada-' })).toEqual(['ada@readers.dev', 'bert@readers.dev']);
    expect(await listAll({ q: 'dev' })).toEqual([]);
    // What is a pattern elsewhere is a letter here.
    expect(await listAll({ q: '%' })).toEqual([]);
    const sorted = await call('GET', '/v1/customers?q=a&sort=email', { key: quay.secretKey });
    expect(sorted.status).toBe(422);
  });

  it('finds a customer by the name that was said of the user, and never by the one that was typed at Polar', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev');
    await name(ada, 'user-1');
    const body = { external_id: 'user-1', name: 'Lovelace, Ada' };
    await call('POST', '/v1/customers', { key: quay.secretKey, body });
    const { data } = await list({ q: 'lovel' });
    expect(data).toMatchObject([{ id: ada, name: 'Lovelace, Ada', external_ids: ['user-1'] }]);
  });

  it('has the ids that paid checkouts named, and the names of those users, which open nothing else', async () => {
    const body = { external_id: 'reader-6', name: 'Rea Der' };
    await call('POST', '/v1/customers', { key: quay.secretKey, body });
    const ada = await buy(quay, book, 'ada@readers.dev');
    await startPayment(quay, book, { customer: { external_id: 'reader-7' } });
    expect((await list({ q: 'reader-' })).data).toEqual([]);
    expect(await buy(quay, book, 'ada@readers.dev', { customer: { external_id: 'reader-6' } })).toBe(ada);
    for (const q of ['reader-6', 'rea d', 'ada@'])
      expect((await list({ q })).data, q).toMatchObject([
        { id: ada, name: 'Rea Der', external_ids: ['reader-6'] },
      ]);
    // The first purchase is not the user's.
    const owned = await call<{ data: unknown[] }>('GET', '/v1/payments?customer=external:reader-6', {
      key: quay.secretKey,
    });
    expect(owned.body.data).toHaveLength(1);
    // A mapping that is taken back leaves what a checkout named.
    await name(ada, 'reader-6');
    await name(ada, 'reader-8');
    expect((await list({ q: 'ada@' })).data).toMatchObject([{ external_ids: ['reader-6', 'reader-8'] }]);
    for (const id of ['reader-6', 'reader-8']) await name(ada, id, 'DELETE');
    expect((await list({ q: 'ada@' })).data).toMatchObject([{ name: 'Rea Der', external_ids: ['reader-6'] }]);
    expect((await list({ q: 'reader-8' })).data).toEqual([]);
  });

  it('refuses the place of another list', async () => {
    for (const email of ['ada@readers.dev', 'bert@readers.dev']) await buy(quay, book, email);
    const { next_cursor: cursor } = await list({ limit: '1' });
    const answer = await call('GET', `/v1/customers?sort=email&cursor=${cursor}`, { key: quay.secretKey });
    expect(answer.status).toBe(422);
  });
});

describe('one customer', () => {
  it('is shown with what it bought here, and nothing of another app', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev', { customer: { external_id: 'user-1' } });
    await buy(atlas, map, 'ada@readers.dev', { metadata: { canary: 'canary-of-atlas' } });
    const { body, text } = await get(ada);
    expect(body).toMatchObject({
      id: ada,
      customer_ids: [ada],
      external_ids: ['user-1'],
      email: 'ada@readers.dev',
      spent: [{ currency: 'usd', payments: 1, amount: 900, refunded_amount: 0 }],
      entitlements: expect.arrayContaining([{ resource: 'content:books/one', expires_at: null }]),
    });
    expect(body.payments).toHaveLength(1);
    expect(body.grants).toHaveLength(1);
    expect(text).not.toMatch(/canary-of-atlas|atlas/);
  });

  it('of another app, or of nobody, is not found in the same words', async () => {
    const bert = await buy(atlas, map, 'bert@readers.dev');
    const nobody = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
    const answers = await Promise.all([get(bert), get(nobody), get('external:nobody')]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    const details = answers.map(({ body }) => (body as unknown as { detail: string }).detail);
    expect(new Set(details).size).toBe(1);
  });

  it('by an external id is the union of all who are said to be it', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev');
    const other = await buy(quay, book, 'ada@elsewhere.dev');
    await name(ada, 'user-1');
    await name(other, 'user-1');
    const { body } = await get('external:user-1');
    expect(body.customer_ids.toSorted()).toEqual([ada, other].toSorted());
    expect(body.spent).toEqual([expect.objectContaining({ payments: 2, amount: 1800 })]);
  });
});

describe('a checkout for a customer', () => {
  it('does not say the address that the customer has taken since, also when it runs out', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev');
    await buy(atlas, map, 'ada@readers.dev');
    await name(ada, 'user-1');
    await world.polar('sandbox', 'PATCH', `/v1/customers/${ada}`, { email: 'canary@elsewhere.dev' });
    await world.settle();
    for (const customer of [{ id: ada }, { external_id: 'user-1' }]) {
      const { body, text } = await call<{ id: string }>('POST', '/v1/payments', {
        key: quay.secretKey,
        body: { product_id: book, customer },
      });
      await world.settle();
      const read = await call('GET', `/v1/payments/${body.id}`, { key: quay.secretKey });
      expect([text, read.text].filter((each) => each.includes('canary'))).toEqual([]);
      expect(read.body).toMatchObject({ customer: { email: 'ada@readers.dev' } });
    }
    await world.advance(2 * 86_400_000);
    await world.settle();
    expect(world.received.filter(({ body }) => body.includes('payment.expired'))).not.toEqual([]);
    expect(world.received.filter(({ body }) => body.includes('canary'))).toEqual([]);
  });
});

describe('which user a customer is', () => {
  it('opens what the customer has to the id, until it is taken back', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev');
    expect(await allows('external:user-1')).toBe(false);
    expect((await name(ada, 'user-1')).status).toBe(204);
    expect((await name(ada, 'user-1')).status).toBe(204);
    expect(await allows('external:user-1')).toBe(true);
    expect((await name(ada, 'user-1', 'DELETE')).status).toBe(204);
    expect((await name(ada, 'user-1', 'DELETE')).status).toBe(204);
    expect(await allows('external:user-1')).toBe(false);
    const actions = await env.DB.prepare(
      "select action, target from audit_log where action glob 'customer.*' order by id",
    ).all();
    expect(actions.results).toEqual([
      { action: 'customer.named', target: ada },
      { action: 'customer.unnamed', target: ada },
    ]);
  });

  it('is said only of those who bought here', async () => {
    const bert = await buy(atlas, map, 'bert@readers.dev');
    expect((await name(bert, 'user-1')).status).toBe(404);
    expect((await name(bert, 'user-1', 'DELETE')).status).toBe(404);
    expect((await name('3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607', 'user-1')).status).toBe(404);
    expect(await env.DB.prepare('select count(*) as n from app_customers').first()).toEqual({ n: 0 });
  });

  it('is said of a hundred customers at most', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev');
    await env.DB.prepare(`insert into app_customers select ?1, 'user-1', value, 0 from json_each(?2)`)
      .bind(quay.id, JSON.stringify(Array.from({ length: 100 }, (_, index) => `customer-${index}`)))
      .run();
    expect((await name(ada, 'user-1')).status).toBe(409);
  });

  it('has the name of the users it is said to be, and of no others', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev');
    for (const [id, said] of [
      ['user-1', 'Ada One'],
      ['user-2', 'Ada Two'],
    ]) {
      await call('POST', '/v1/customers', { key: quay.secretKey, body: { external_id: id, name: said } });
      await name(ada, String(id));
    }
    const named = async () => (await list()).data.map((each) => each.name);
    expect(await named()).toEqual(['Ada Two']);
    await name(ada, 'user-2', 'DELETE');
    expect(await named()).toEqual(['Ada One']);
    await name(ada, 'user-1', 'DELETE');
    expect(await named()).toEqual([null]);
    expect((await list({ q: 'ada one' })).data).toEqual([]);
  });

  it('is so in the end, and noted once, wherever the request is killed', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev');
    const path = `/v1/customers/${ada}/external-ids/user-1`;
    const noted = () =>
      env.DB.prepare("select action from audit_log where action glob 'customer.*' order by id").all();
    for (const method of ['PUT', 'DELETE', 'PUT', 'DELETE'] as const)
      for (const at of [1, 2, 3])
        for (const after of [false, true]) {
          await requestInterrupted(method, path, { key: quay.secretKey }, { call: at, after });
          // Whoever got no answer asks again.
          expect((await name(ada, 'user-1', method)).status).toBe(204);
          await world.settle();
          expect(await allows('external:user-1')).toBe(method === 'PUT');
        }
    const actions = (await noted()).results.map(({ action }) => action);
    expect(actions).toEqual(['customer.named', 'customer.unnamed', 'customer.named', 'customer.unnamed']);
    expect(
      await env.DB.prepare('select count(*) as n from row_history where kind = ?')
        .bind('app_customer')
        .first('n'),
    ).toBe(4);
  });

  it('is remembered for the question what was so', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev');
    await name(ada, 'user-1');
    await world.advance(60_000);
    const at = new Date(Date.now() - 1_000).toISOString();
    await world.advance(60_000);
    await name(ada, 'user-1', 'DELETE');
    const path = `/v1/access/explain?customer=external:user-1&resource=content:books/one`;
    const then = await call<{ allow: boolean }>('GET', `${path}&at=${encodeURIComponent(at)}`, {
      key: quay.secretKey,
    });
    const now = await call<{ allow: boolean }>('GET', path, { key: quay.secretKey });
    expect([then.body.allow, now.body.allow]).toEqual([true, false]);
  });
});

describe('a user who is named before the first purchase', () => {
  const prepare = (body: Record<string, unknown>, app = quay) =>
    call('POST', '/v1/customers', { key: app.secretKey, body });

  it('is answered the same whether or not somebody knows the address', async () => {
    await buy(atlas, map, 'ada@readers.dev');
    const known = await prepare({ external_id: 'user-1', email: 'ada@readers.dev' });
    const unknown = await prepare({ external_id: 'user-2', email: 'zoe@readers.dev' });
    expect([known.status, unknown.status]).toEqual([201, 201]);
    expect(Object.keys(known.body)).toEqual(Object.keys(unknown.body));
    expect(world.polarRequests.filter((request) => request.startsWith('POST /v1/customers'))).toEqual([]);
    expect((await get('external:user-1')).body).toMatchObject({
      customer_ids: [],
      email: 'ada@readers.dev',
      spent: [],
    });
  });

  it('begins checkouts with what was said, unless they say something else', async () => {
    await prepare({ external_id: 'user-1', email: 'ada@readers.dev', name: 'Ada' });
    const start = (customer: Record<string, string>) =>
      call<{ customer: { email: string | null } }>('POST', '/v1/payments', {
        key: quay.secretKey,
        body: { product_id: book, customer },
      });
    expect((await start({ external_id: 'user-1' })).body.customer.email).toBe('ada@readers.dev');
    expect((await start({ external_id: 'user-1', email: 'ada@work.dev' })).body.customer.email).toBe(
      'ada@work.dev',
    );
    expect((await start({ external_id: 'user-2' })).body.customer.email).toBe(null);
  });

  it('pays all the same when Polar does not take the address', async () => {
    await prepare({ external_id: 'user-1', email: 'ada@mistyped.invalid', name: 'Ada' });
    const body = { product_id: book, customer: { external_id: 'user-1' } };
    const started = await call('POST', '/v1/payments', { key: quay.secretKey, body });
    expect([started.status, started.body['customer']]).toEqual([
      201,
      { id: null, external_id: 'user-1', email: null },
    ]);
    // What the request itself says is refused.
    const said = { ...body, customer: { email: 'ada@mistyped.invalid' } };
    expect((await call('POST', '/v1/payments', { key: quay.secretKey, body: said })).status).toBe(422);
  });
});

describe('a checkout for a customer', () => {
  const start = (customer: Record<string, string>) =>
    call<{ customer: { id: string | null } }>('POST', '/v1/payments', {
      key: quay.secretKey,
      body: { product_id: book, customer },
    });

  it('is made for one who is proven, and refused for all others in the same words', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev');
    const bert = await buy(atlas, map, 'bert@readers.dev');
    const refused = await Promise.all([
      start({ id: ada }),
      start({ id: bert }),
      start({ id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([422, 422, 422]);
    expect(new Set(refused.map(({ text }) => text.replace(/"request_id":"[^"]*"/, ''))).size).toBe(1);
    await name(ada, 'user-1');
    const made = await start({ id: ada });
    expect([made.status, made.body.customer.id]).toEqual([201, ada]);
    expect((await start({ id: ada, email: 'eve@readers.dev' })).status).toBe(422);
  });
});

describe('all that is held', () => {
  it('is given out with everything of this app, and nothing of another', async () => {
    const ada = await buy(quay, book, 'ada@readers.dev', { metadata: { note: 'for-ada' } });
    await buy(atlas, map, 'ada@readers.dev', { metadata: { note: 'canary-of-atlas' } });
    await call('POST', '/v1/sessions', { key: quay.secretKey, body: { customer: ada } });
    const { status, body, text } = await call<CustomerExportView>('GET', `/v1/customers/${ada}/export`, {
      key: quay.secretKey,
    });
    expect(status).toBe(200);
    expect(body.cut).toEqual([]);
    expect(body.payments.map(({ metadata }) => metadata)).toEqual([{ note: 'for-ada' }]);
    expect(body.sessions.length).toBeGreaterThan(0);
    expect(body.events.map(({ type }) => type)).toContain('payment.succeeded');
    expect(text).not.toContain('canary-of-atlas');
    const nobody = await call('GET', '/v1/customers/external:nobody/export', { key: quay.secretKey });
    expect(nobody.status).toBe(404);
    expect(
      await env.DB.prepare("select target from audit_log where action = 'customer.exported'").first(),
    ).toEqual({ target: ada });
  });

  it('has the events of purchases that named a user, also while no customer is said to be the user', async () => {
    await buy(quay, book, 'ada@readers.dev', { customer: { external_id: 'user-1' } });
    const { body } = await call<CustomerExportView>('GET', '/v1/customers/external:user-1/export', {
      key: quay.secretKey,
    });
    expect(body.payments).toHaveLength(1);
    expect(body.events.map(({ type }) => type)).toContain('payment.succeeded');
  });
});
