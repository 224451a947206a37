import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, it } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, record, startPayment, type Told } from '../harness/story.ts';

let world: World;
let quay: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
});

const SANDBOX_SECRET = env.POLAR_SANDBOX_WEBHOOK_SECRETS;
const LIVE_SECRETS = env.POLAR_LIVE_WEBHOOK_SECRETS.split(',');

/** Signs as Polar's older endpoints do: with the UTF-8 bytes of the whole secret. */
function signLegacy(secret: string, id: string, body: string, at = new Date()): Record<string, string> {
  const signature = new Webhook(btoa(secret)).sign(id, at, body);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signature,
  };
}

const someEvent = (type = 'discount.updated', data: Record<string, unknown> = {}) =>
  JSON.stringify({
    type,
    timestamp: new Date().toISOString(),
    data: { id: crypto.randomUUID(), created_at: new Date().toISOString(), modified_at: null, ...data },
  });

const post = (body: string, headers: Record<string, string>) =>
  call('POST', '/webhooks/polar', { rawBody: body, headers });
const countEvents = async () =>
  (await env.DB.prepare('select count(*) as n from polar_events').first<number>('n')) ?? 0;
const rowsOf = async (query: string) => (await env.DB.prepare(query).all()).results;

describe('a webhook is believed only with a good signature', () => {
  it('accepts the key made of the secret’s bytes', async () => {
    const body = someEvent();
    expect((await post(body, signLegacy(SANDBOX_SECRET, 'a1', body))).status).toBe(200);
  });

  it('accepts the key decoded from what follows whsec_', async () => {
    const body = someEvent();
    const at = new Date();
    const signature = new Webhook(LIVE_SECRETS[0] ?? '').sign('b', at, body);
    const headers = {
      'webhook-id': 'b',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signature,
    };
    expect((await post(body, headers)).status).toBe(200);
  });

  it('accepts every secret configured for a mode, for rotating', async () => {
    for (const [index, secret] of LIVE_SECRETS.entries()) {
      const body = someEvent();
      expect((await post(body, signLegacy(secret, `rotated-${index}`, body))).status).toBe(200);
    }
    expect(await rowsOf('select distinct mode from polar_events')).toEqual([{ mode: 'live' }]);
  });

  it('finds the good one among several signatures', async () => {
    const body = someEvent();
    const headers = signLegacy(SANDBOX_SECRET, 'many', body);
    headers['webhook-signature'] = `v1,AAAA v2,xyz v1a,abc ${headers['webhook-signature']}`;
    expect((await post(body, headers)).status).toBe(200);
  });

  it.each([
    ['a wrong secret', (body: string) => signLegacy('another-secret-of-nobody-here-at-all', 'x', body)],
    ['no headers at all', () => ({})],
    ['no id', (body: string) => ({ ...signLegacy(SANDBOX_SECRET, 'x', body), 'webhook-id': '' })],
    [
      'another id than was signed',
      (body: string) => ({ ...signLegacy(SANDBOX_SECRET, 'x', body), 'webhook-id': 'y' }),
    ],
    ['another body than was signed', () => signLegacy(SANDBOX_SECRET, 'x', 'another')],
    [
      'a timestamp six minutes old',
      (body: string) => signLegacy(SANDBOX_SECRET, 'x', body, new Date(Date.now() - 360_000)),
    ],
    [
      'a timestamp six minutes ahead',
      (body: string) => signLegacy(SANDBOX_SECRET, 'x', body, new Date(Date.now() + 360_000)),
    ],
    [
      'a timestamp that is none',
      (body: string) => ({ ...signLegacy(SANDBOX_SECRET, 'x', body), 'webhook-timestamp': 'soon' }),
    ],
    [
      'an unknown signature version only',
      (body: string) => ({ ...signLegacy(SANDBOX_SECRET, 'x', body), 'webhook-signature': 'v2,AAAA' }),
    ],
  ])('refuses %s, and stores nothing', async (_name, sign: (body: string) => Record<string, string>) => {
    const body = someEvent();
    const answer = await post(body, sign(body));
    expect([answer.status, answer.body['code']]).toEqual([401, 'invalid_signature']);
    expect(await countEvents()).toBe(0);
  });

  it('takes the mode from the secret that verifies, whatever the body says', async () => {
    const body = someEvent('discount.updated', { mode: 'live' });
    await post(body, signLegacy(SANDBOX_SECRET, 'm', body));
    expect(await rowsOf('select mode from polar_events')).toEqual([{ mode: 'sandbox' }]);
  });

  it('refuses an event of another organization', async () => {
    const body = someEvent('product.updated', { organization_id: world.organizations.live.id });
    const answer = await post(body, signLegacy(SANDBOX_SECRET, 'o', body));
    expect([answer.status, answer.body['code']]).toEqual([403, 'organization_mismatch']);
    expect(await countEvents()).toBe(0);
  });

  it('refuses a body above 900 KB, signed or not, without reading on', async () => {
    const body = someEvent('discount.updated', { filler: 'x'.repeat(1_000_000) });
    expect((await post(body, signLegacy(SANDBOX_SECRET, 'big', body))).status).toBe(413);
    expect((await post('x'.repeat(10_000_000), {})).status).toBe(413);
    expect(await countEvents()).toBe(0);
  });

  it('answers a signed body that is no event with what is wrong', async () => {
    for (const body of ['not json', '{}', '{"type":1}', '[]', '{"type":"order.paid","timestamp":"now"}']) {
      expect((await post(body, signLegacy(SANDBOX_SECRET, 'shape', body))).status).toBe(422);
    }
    expect(await countEvents()).toBe(0);
  });
});

describe('nothing acknowledged is lost, and nothing is applied twice', () => {
  it('answers the same webhook-id again with 2xx and does nothing else', async () => {
    const body = someEvent();
    const first = await post(body, signLegacy(SANDBOX_SECRET, 'same', body));
    const second = await post(body, signLegacy(SANDBOX_SECRET, 'same', body));
    expect([first.body['status'], second.body['status']]).toEqual(['applied', 'duplicate']);
    expect(await countEvents()).toBe(1);
  });

  it('keeps the same webhook-id apart in the two modes', async () => {
    const body = someEvent();
    await post(body, signLegacy(SANDBOX_SECRET, 'both', body));
    expect((await post(body, signLegacy(LIVE_SECRETS[0] ?? '', 'both', body))).body['status']).toBe(
      'applied',
    );
  });

  it('keeps an event that cannot be applied as failed, encrypted, and answers 2xx', async () => {
    const body = someEvent('order.paid', { status: 17 });
    const answer = await post(body, signLegacy(SANDBOX_SECRET, 'odd', body));
    expect([answer.status, answer.body['status']]).toEqual([200, 'kept_as_failed']);
    const [row] = await env.DB.prepare('select status, error, hex(sealed_body) as sealed from polar_events')
      .all<Record<string, string>>()
      .then(({ results }) => results);
    expect(row?.['status']).toBe('failed');
    expect(row?.['error']).toContain('status');
    expect(row?.['sealed']).not.toContain(
      Array.from(new TextEncoder().encode('order.paid'), (byte) => byte.toString(16))
        .join('')
        .toUpperCase(),
    );
  });

  it('stores an event of a type Polar adds tomorrow, and forwards it when it resolves to one app', async () => {
    const product = await world.createProduct({ name: 'quay:lifetime' });
    const payment = await startPayment(quay, product.id);
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    const [order] = await rowsOf('select id from orders');
    const body = someEvent('warranty.extended', { order_id: order?.['id'], years: 3 });
    expect((await post(body, signLegacy(SANDBOX_SECRET, 'new', body))).body['status']).toBe('applied');
    await world.settle();
    const forwarded = world.received.map(
      ({ body: text }) => JSON.parse(text) as { type: string; data: { polar: { data: { years: number } } } },
    );
    expect(forwarded.find(({ type }) => type === 'polar.warranty.extended')?.data.polar.data.years).toBe(3);
  });

  it('an unknown type that names no object makes no row of one, however often it comes', async () => {
    const product = await world.createProduct({ name: 'quay:lifetime' });
    const payment = await startPayment(quay, product.id);
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    const [order] = await rowsOf('select id from orders');
    for (const years of [1, 2, 3]) {
      const body = JSON.stringify({
        type: 'warranty.counted',
        timestamp: new Date(Date.now() + years * 1000).toISOString(),
        data: { order_id: order?.['id'], years },
      });
      await post(body, signLegacy(SANDBOX_SECRET, `counted-${years}`, body));
    }
    await world.settle();
    expect(await rowsOf("select id from snapshots where kind = 'warranty.counted'")).toEqual([]);
    expect(await rowsOf("select id from events where type = 'polar.warranty.counted'")).toHaveLength(3);
  });

  it('goes on hearing, checking and telling while Polar is down', async () => {
    const product = await world.createProduct({
      name: 'quay:lifetime',
      metadata: { content_id: 'blog/premium' },
    });
    const payment = await startPayment(quay, product.id);
    world.polarDown = true;
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    expect(world.received.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toContain(
      'payment.succeeded',
    );
    const [{ customer_id: customer } = {}] = await rowsOf('select customer_id from payments');
    const access = await call(
      'GET',
      `/v1/access?customer=${String(customer)}&resource=content:blog/premium`,
      { key: quay.secretKey },
    );
    expect(access.body['allow']).toBe(true);
    const next = await call('POST', '/v1/payments', {
      key: quay.secretKey,
      body: { method: 'polar', product_id: product.id },
    });
    expect([next.status, next.body['code']]).toEqual([503, 'polar_unavailable']);
    expect(next.headers.get('retry-after')).not.toBeNull();
  });
});

describe('events that come before what routes them', () => {
  const typesOf = (story: Told[]) => story.map(({ type }) => type);

  async function refundedPurchase(): Promise<Told[]> {
    const product = await world.createProduct({ name: 'quay:lifetime' });
    const payment = await startPayment(quay, product.id);
    return record(world, async () => {
      await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
      const page = await world.polar<{ items: { id: string; net_amount: number }[] }>(
        'sandbox',
        'GET',
        '/v1/orders/?limit=1',
      );
      await world.polar('sandbox', 'POST', '/v1/refunds/', {
        order_id: page.items[0]?.id,
        amount: page.items[0]?.net_amount,
        reason: 'other',
      });
      await world.simulator.settle();
    });
  }

  it('a refund before its order waits, and is told once the order has come', async () => {
    const story = await refundedPurchase();
    world.polarDown = true;
    const refund = story.find(({ type }) => type === 'refund.created');
    const order = story.find(({ type }) => type === 'order.paid');
    expect(typesOf(story)).toContain('order.refunded');
    await deliver(world, refund ?? never());
    expect(
      await rowsOf(
        "select status, waits_for is not null as waits from polar_events where type = 'refund.created'",
      ),
    ).toEqual([{ status: 'unrouted', waits: 1 }]);
    await deliver(world, order ?? never());
    await world.settle();
    expect(await rowsOf("select status from polar_events where type = 'refund.created'")).toEqual([
      { status: 'applied' },
    ]);
    expect(await rowsOf("select type from events where type like 'refund.%' order by type")).toEqual([
      { type: 'refund.created' },
      { type: 'refund.succeeded' },
    ]);
  });

  it('a refund whose own events were dropped is read from Polar and told', async () => {
    const story = await refundedPurchase();
    await deliver(world, story.find(({ type }) => type === 'order.refunded') ?? never());
    await world.settle();
    await expect
      .poll(() => rowsOf("select type from events where type = 'refund.succeeded'"), { timeout: 5_000 })
      .toHaveLength(1);
    expect(await rowsOf("select type from events where type = 'payment.succeeded'")).toHaveLength(1);
  });

  it('a purchase of an unowned product is kept and shown, and told once the operator assigns the product', async () => {
    const product = await world.createProduct({ name: 'A book of nobody' });
    const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [product.id],
    });
    await world.pay('sandbox', checkout.url, { email: 'ada@readers.dev' });
    await world.settle();
    expect(
      await rowsOf(
        "select count(*) as n from polar_events where status = 'unrouted' and type like 'order.%'",
      ),
    ).not.toEqual([{ n: 0 }]);
    expect(await rowsOf('select * from events')).toEqual([]);
    const shown = await call<{ data: { id: string; app: string | null }[] }>(
      'GET',
      '/admin/products?mode=sandbox',
      { key: env.FLOE_ADMIN_TOKEN },
    );
    expect(shown.body.data.find(({ id }) => id === product.id)?.app).toBeNull();
    const assigned = await call('POST', `/admin/products/${product.id}/owner`, {
      key: env.FLOE_ADMIN_TOKEN,
      body: { mode: 'sandbox', app: quay.slug },
    });
    expect(assigned.body['app']).toBe(quay.slug);
    await world.settle();
    await expect
      .poll(() => rowsOf("select type from events where type = 'payment.succeeded'"), { timeout: 5_000 })
      .toHaveLength(1);
    expect(await rowsOf("select count(*) as n from polar_events where status = 'unrouted'")).toEqual([
      { n: 0 },
    ]);
  });
});

describe('the life of a subscription', () => {
  it('a renewal is a payment of its own, told as renewed only when it is paid', async () => {
    const product = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
    const payment = await startPayment(quay, product.id, { customer: { external_id: 'user-1' } });
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    await world.advance(32 * 86_400_000);
    await world.settle();
    const payments = await rowsOf(
      'select id, kind, status, external_customer_id from payments order by created_at',
    );
    expect(payments.map(({ kind, status }) => [kind, status])).toEqual([
      ['checkout', 'succeeded'],
      ['renewal', 'succeeded'],
    ]);
    expect(payments[0]?.['id']).toBe(payment.id);
    expect(payments[1]?.['external_customer_id']).toBe('user-1');
    expect(await rowsOf("select count(*) as n from events where type = 'subscription.renewed'")).toEqual([
      { n: 1 },
    ]);
    const [renewed] = await rowsOf("select payment_id from events where type = 'subscription.renewed'");
    expect(renewed?.['payment_id']).toBe(payments[1]?.['id']);
  });

  it('two tenants are told of their own customers’ purchases only', async () => {
    const atlas = await world.createApp({ product: 'atlas' });
    const mine = await world.createProduct({ name: 'quay:lifetime' });
    const theirs = await world.createProduct({ name: 'atlas:pro' });
    const first = await startPayment(quay, mine.id);
    const second = await startPayment(atlas, theirs.id);
    await world.pay('sandbox', first.checkoutUrl, { email: 'ada@readers.dev' });
    await world.pay('sandbox', second.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    const told = await rowsOf(
      'select a.slug, f.payment_id from events f join apps a on a.id = f.app_id where f.payment_id is not null group by 1, 2 order by 1',
    );
    expect(told).toEqual([
      { slug: atlas.slug, payment_id: second.id },
      { slug: quay.slug, payment_id: first.id },
    ]);
    const urls = new Set(
      world.received.map(
        ({ url, body }) =>
          `${new URL(url).pathname} ${(JSON.parse(body) as { data: { app: string } }).data.app}`,
      ),
    );
    expect(urls).toEqual(new Set([`/hooks/quay ${quay.slug}`, `/hooks/atlas ${atlas.slug}`]));
  });
});

function never(): never {
  throw new Error('not in the story');
}
