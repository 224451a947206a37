import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '../../packages/kit/index.ts';
import { SANDBOX_API_URL } from '../harness/bindings.ts';
import { call, createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';
import { fetchGateway } from '../harness/front-door.ts';

/* Invoices and receipts: Polar makes them, and callers are sent on to its files. */

const KINDS = ['invoice', 'receipt'] as const;
type Kind = (typeof KINDS)[number];

let world: World;
let quay: TestApp;
let paymentId: string;
let orderId: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  ({ paymentId, orderId } = await buy());
});

async function buy(price = 900): Promise<{ paymentId: string; orderId: string }> {
  const product = await world.createProduct({ name: 'quay:lifetime', price });
  const payment = await startPayment(quay, product.id);
  await world.pay('sandbox', payment.checkoutUrl, { email: `ada${price}@readers.dev` });
  await world.settle();
  const order = await env.DB.prepare('select order_id as id from payments where id = ?')
    .bind(payment.id)
    .first<string>('id');
  return { paymentId: payment.id, orderId: order ?? '' };
}

interface View {
  url: string | null;
  expires_at: string | null;
  code?: string;
}
const JSON_ONLY = { accept: 'application/json' };
const ask = (kind: Kind, id = paymentId, headers: Record<string, string> = {}, key = quay.secretKey) =>
  call<View>('GET', `/v1/payments/${id}/${kind}`, { key, headers });
/** Asks until Polar has made it. */
async function made(kind: Kind, headers: Record<string, string> = {}) {
  expect((await ask(kind)).status).toBe(202);
  await world.settle();
  return ask(kind, paymentId, headers);
}
const fileOf = (kind: Kind) => `${SANDBOX_API_URL}/documents/${orderId}/${kind}`;
const codeOf = async (asked: ReturnType<typeof ask>) => {
  const { status, body } = await asked;
  return [status, body.code];
};

describe.each(KINDS)('the %s of a payment', (kind) => {
  it('is asked for at Polar first, and then sent on to, by answers that nobody keeps', async () => {
    const first = await ask(kind);
    expect([first.status, first.headers.get('retry-after')]).toEqual([202, '3']);
    expect(first.body).toEqual({ url: null, expires_at: null });
    await world.settle();
    const { status, headers, text } = await ask(kind);
    expect([status, headers.get('location'), text]).toEqual([303, fileOf(kind), '']);
    expect([first, { headers }].map((answer) => answer.headers.get('cache-control'))).toEqual([
      'private, no-store',
      'private, no-store',
    ]);
  });

  it('is an address in JSON for whoever asks for JSON', async () => {
    const { status, body } = await made(kind, JSON_ONLY);
    expect([status, body]).toEqual([200, { url: fileOf(kind), expires_at: null }]);
    const floe = createClient({
      gateway: GATEWAY_URL,
      key: quay.secretKey,
      fetch: async (input, init) => fetchGateway(new Request(input, init)),
    });
    const byKit = await floe(`GET /v1/payments/{id}/${kind}`, { params: { id: paymentId } });
    expect(byKit.url).toBe(fileOf(kind));
  });

  it('is there after it was refunded too', async () => {
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: orderId,
      amount: 756,
      reason: 'customer_request',
    });
    await world.settle();
    expect((await made(kind)).status).toBe(303);
  });

  it('is refused as not_paid while nobody has paid, without asking Polar', async () => {
    const product = await world.createProduct({ name: 'quay:later' });
    const open = await startPayment(quay, product.id);
    world.polarRequests.length = 0;
    expect(await codeOf(ask(kind, open.id))).toEqual([409, 'not_paid']);
    expect(world.polarRequests).toEqual([]);
  });

  it('is not_found for another app, for no payment and for no id', async () => {
    const atlas = await world.createApp({ product: 'atlas' });
    const live = await world.createApp({ product: 'quay', mode: 'live' });
    for (const asked of [
      ask(kind, paymentId, {}, atlas.secretKey),
      ask(kind, paymentId, {}, live.secretKey),
      ask(kind, `pay_${'0'.repeat(26)}`),
      ask(kind, 'x'),
    ])
      expect(await codeOf(asked)).toEqual([404, 'not_found']);
  });

  it('is for secret keys only', async () => {
    expect(await codeOf(ask(kind, paymentId, {}, quay.publishableKey))).toEqual([403, 'forbidden_key']);
    const session = await call<{ session: string }>('POST', '/v1/sessions', {
      key: quay.secretKey,
      body: { external_id: 'user-1' },
    });
    expect(await codeOf(ask(kind, paymentId, {}, session.body.session))).toEqual([403, 'forbidden_key']);
    expect(await codeOf(call('GET', `/v1/payments/${paymentId}/${kind}`))).toEqual([401, 'unauthorized']);
  });

  it('is polar_unavailable while Polar is away, with the time to wait', async () => {
    world.polarDown = true;
    const { status, body, headers } = await ask(kind);
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'polar_unavailable', '5']);
  });

  it('leaves its address neither in the logs nor in the database', async () => {
    const written: string[] = [];
    for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
      vi.spyOn(console, level).mockImplementation(
        (...texts: unknown[]) => void written.push(texts.map(String).join(' ')),
      );
    await made(kind);
    expect((await ask(kind, paymentId, JSON_ONLY)).body.url).toBe(fileOf(kind));
    await world.settle();
    vi.restoreAllMocks();
    expect(written.join('\n')).not.toContain('/documents/');
    const tables = await env.DB.prepare(
      "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '_cf_%' and name not like 'd1_%'",
    ).all<{ name: string }>();
    for (const { name } of tables.results)
      expect(JSON.stringify(await env.DB.prepare(`select * from "${name}"`).all()), name).not.toContain(
        '/documents/',
      );
  });
});

describe('a free payment', () => {
  it('has an invoice, and no_receipt since nothing was charged', async () => {
    ({ paymentId, orderId } = await buy(0));
    expect((await made('invoice')).status).toBe(303);
    expect(await codeOf(ask('receipt'))).toEqual([409, 'no_receipt']);
  });
});

describe('an invoice', () => {
  it('is billing_details_missing until Polar has the buyer’s name and address', async () => {
    const setName = (billing_name: string | null) =>
      world.polar('sandbox', 'PATCH', `/v1/orders/${orderId}`, { billing_name });
    await setName(null);
    expect(await codeOf(ask('invoice'))).toEqual([409, 'billing_details_missing']);
    await setName('Ada Ltd');
    expect((await made('invoice')).status).toBe(303);
  });

  it('is not_paid when Polar says that the order is not', async () => {
    await env.DB.prepare("update payments set status = 'succeeded' where id = ?").bind(paymentId).run();
    const { id: draft } = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/orders/', {
      customer_id: (await env.DB.prepare('select customer_id as id from payments').first<string>('id')) ?? '',
      product_id: (await env.DB.prepare('select product_id as id from payments').first<string>('id')) ?? '',
    });
    await env.DB.prepare('update payments set order_id = ? where id = ?').bind(draft, paymentId).run();
    expect(await codeOf(ask('invoice'))).toEqual([409, 'not_paid']);
  });

  it('is polar_failed when Polar does not know the order any more', async () => {
    world.polarForgets = true;
    expect(await codeOf(ask('invoice'))).toEqual([502, 'polar_failed']);
  });
});
