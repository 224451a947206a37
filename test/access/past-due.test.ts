import { env, exports } from 'cloudflare:workers';
import { afterAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { openJar } from '../../packages/kit/cookies.ts';
import { verifyEntitlements } from '../../packages/kit/index.ts';
import { SANDBOX_API_URL } from '../harness/bindings.ts';
import { reconcile } from '../compare/reconcile-calls.ts';
import { call, createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';

/* For as long as the app says, a subscription that Polar could not charge opens what it opened (ADR 76). */

const MINUTE = 60_000;
const DAY = 86_400_000;
const GRACE_DAYS = 3;
const RESOURCES = ['content:desk/basic', 'feature:dark', 'content:desk/plain', 'plan:quay:basic'];

let world: World;
let quay: TestApp;
let productId: string;
let subscriptionId: string;
let customerId: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  await setGrace(GRACE_DAYS);
  productId = (
    await world.createProduct({
      name: 'quay:basic',
      recurring: 'month',
      metadata: { content_id: 'desk/plain' },
      benefits: [
        { type: 'custom', description: 'The desk', metadata: { content_id: 'desk/basic' } },
        { type: 'feature_flag', description: 'Dark', metadata: { feature_key: 'dark' } },
      ],
    })
  ).id;
  const payment = await startPayment(quay, productId);
  await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  await world.settle();
  const row = await env.DB.prepare('select id, customer_id from subscriptions').first<{
    id: string;
    customer_id: string;
  }>();
  subscriptionId = row?.id ?? '';
  customerId = row?.customer_id ?? '';
});

afterAll(() => {
  vi.useRealTimers();
});

const patchApp = (body: object) =>
  call('PATCH', `/admin/apps/${quay.slug}`, { key: env.FLOE_ADMIN_TOKEN, body });
async function setGrace(days: number): Promise<void> {
  expect((await patchApp({ past_due_grace_days: days })).status).toBe(200);
}

async function control(path: string, body: object = {}): Promise<Record<string, string>> {
  const response = await world.simulator.fetch(
    new Request(`${SANDBOX_API_URL}/_sim/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
const setCard = (outcome: 'pays' | 'declines') => control(`customers/${customerId}/card`, { outcome });
const idOfOrder = async (where: string) =>
  (await env.DB.prepare(`select id from orders where ${where}`).first<string>('id')) ?? '';

/** The renewal of the month fails. Gives when. */
async function fallBehind(): Promise<number> {
  await setCard('declines');
  await world.advance(31 * DAY);
  await world.settle();
  const since = await env.DB.prepare('select past_due_at as at from subscriptions').first<number>('at');
  expect(since).not.toBeNull();
  vi.setSystemTime((since ?? 0) + MINUTE);
  return since ?? 0;
}
const endOf = (since: number) => Math.floor((since + GRACE_DAYS * DAY) / 1000) * 1000;

interface View {
  allow: boolean;
  reason: string;
  expires_at: string | null;
  token: string | null;
}
async function ask(resource: string, maxAge = 0, member?: string): Promise<View> {
  const query = new URLSearchParams({ resource, customer: customerId, max_age: String(maxAge) });
  if (member !== undefined) query.set('member', member);
  return (await call<View>('GET', `/v1/access?${query.toString()}`, { key: quay.secretKey })).body;
}
const reasons = async () => [
  ...new Set((await Promise.all(RESOURCES.map((each) => ask(each)))).map((a) => a.reason)),
];

describe('while its app lets it go on', () => {
  it('every way of asking says yes with the end, and no at that second, cached or not', async () => {
    const end = endOf(await fallBehind());
    const expires = new Date(end).toISOString();
    const session = await call<{ session: string }>('POST', '/v1/sessions', {
      key: quay.secretKey,
      body: { customer: customerId },
    });
    const [cookie = ''] = (openJar(quay.slug, false).set('session', session.body.session, 60) ?? '').split(
      ';',
      1,
    );
    const ways = async (maxAge: number) => {
      const [resource = ''] = RESOURCES;
      const one = await ask(resource, maxAge);
      const batch = await call<{ results: View[] }>('POST', '/v1/access/batch', {
        key: quay.secretKey,
        body: { resources: RESOURCES, customer: customerId, max_age: maxAge },
      });
      const site = await call<{ allow: boolean; reason: string }>(
        'GET',
        `/v1/access/forward-auth?app=${quay.slug}&resource=${resource}&max_age=${maxAge}`,
        { headers: { 'x-original-uri': '/desk', cookie } },
      );
      const rpc = await exports.FloeAccess({ props: { app: quay.slug } }).check({
        resource,
        customer: customerId,
        maxAge,
      });
      return { one, batch: batch.body.results, site, rpc };
    };
    for (const maxAge of [0, 300, 300]) {
      const { one, batch, site, rpc } = await ways(maxAge);
      expect(one).toMatchObject({ allow: true, reason: 'granted', expires_at: expires });
      expect(batch.map(({ reason, expires_at }) => [reason, expires_at])).toEqual(
        RESOURCES.map(() => ['granted', expires]),
      );
      expect([site.status, site.headers.get('x-floe-expires')]).toEqual([200, expires]);
      expect(rpc).toMatchObject({ allow: true, results: [{ expiresAt: expires }] });
    }
    // The cached token is as young as can be, and would live for 300 s.
    vi.setSystemTime(end - 1000);
    const { one } = await ways(300);
    expect(one).toMatchObject({ allow: true, expires_at: expires });
    const verify = () =>
      verifyEntitlements(one.token ?? '', {
        gateway: GATEWAY_URL,
        app: quay.slug,
        mode: 'sandbox',
        resource: RESOURCES[0] ?? '',
        fetch: (input, init) => exports.default.fetch(new Request(input, init)),
      });
    expect(await verify()).toMatchObject({ ok: true });
    vi.setSystemTime(end);
    const no = await ways(300);
    expect(no.one).toMatchObject({ allow: false, reason: 'expired', expires_at: null });
    expect(no.batch.map(({ reason }) => reason)).toEqual(RESOURCES.map(() => 'expired'));
    expect(no.site.status).toBe(403);
    expect(no.rpc).toMatchObject({ allow: false, reason: 'expired' });
    // Offline the kit allows clocks to differ by 5 s.
    vi.setSystemTime(end + 5_000);
    expect(await verify()).toMatchObject({ ok: false });
  });

  it('it is no different without the setting: what Polar revokes is revoked at once', async () => {
    await setGrace(0);
    await fallBehind();
    expect(await reasons()).toEqual(['revoked']);
  });

  it('a payment at last opens it without an end, by the same grants', async () => {
    const grants = () => env.DB.prepare('select id from grants order by id').raw();
    const before = await grants();
    await fallBehind();
    await setCard('pays');
    const pending = await idOfOrder("status = 'pending'");
    await control(`orders/${pending}/retry`);
    await world.settle();
    expect((await ask('content:desk/basic')).expires_at).toBeNull();
    expect(await reasons()).toEqual(['granted']);
    vi.setSystemTime(Date.now() + GRACE_DAYS * DAY);
    expect(await reasons()).toEqual(['granted']);
    expect(await grants()).toEqual(before);
  });

  it('Polar’s own grace period counts as well: nothing ends while it leaves the grants', async () => {
    await world.polar('sandbox', 'PATCH', `/v1/organizations/${world.organizations.sandbox.id}`, {
      subscription_settings: { benefit_revocation_grace_period: 7 },
    });
    const since = await fallBehind();
    vi.setSystemTime(endOf(since) + DAY);
    expect(await ask('content:desk/basic')).toMatchObject({ allow: true, expires_at: null });
    await world.advance(8 * DAY);
    await world.settle();
    expect(await reasons()).toEqual(['expired']);
  });

  it('a change of the setting counts at once; what is cached says yes for 300 s at most', async () => {
    await fallBehind();
    expect(await ask('content:desk/basic', 300)).toMatchObject({ allow: true });
    await setGrace(0);
    expect(await ask('content:desk/basic')).toMatchObject({ allow: false, reason: 'revoked' });
    vi.setSystemTime(Date.now() + 300_000);
    expect(await ask('content:desk/basic', 86_400)).toMatchObject({ allow: false, reason: 'revoked' });
    await setGrace(30);
    expect(await ask('content:desk/basic')).toMatchObject({ allow: true });
  });

  it('another subscription of the customer goes on by itself', async () => {
    const other = await world.createProduct({ name: 'quay:extra', recurring: 'year' });
    await world.polar('sandbox', 'PATCH', `/v1/organizations/${world.organizations.sandbox.id}`, {
      subscription_settings: { allow_multiple_subscriptions: true },
    });
    const payment = await startPayment(quay, other.id);
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    const end = endOf(await fallBehind());
    expect(await ask('plan:quay:extra')).toMatchObject({ allow: true, expires_at: null });
    expect(await ask('plan:quay:basic')).toMatchObject({ expires_at: new Date(end).toISOString() });
    vi.setSystemTime(end);
    expect([(await ask('plan:quay:extra')).reason, (await ask('plan:quay:basic')).reason]).toEqual([
      'granted',
      'expired',
    ]);
  });
});

describe('it stops at once when the subscription ends otherwise', () => {
  const ended = [
    ['is revoked', () => world.polar('sandbox', 'DELETE', `/v1/subscriptions/${subscriptionId}`)],
    ['has its customer deleted', () => world.polar('sandbox', 'DELETE', `/v1/customers/${customerId}`)],
    [
      'has the payment for its last period refunded',
      async () => {
        const order_id = await idOfOrder("status = 'paid'");
        await world.polar('sandbox', 'POST', '/v1/refunds/', {
          order_id,
          amount: 756,
          reason: 'customer_request',
        });
      },
    ],
    [
      'has that payment disputed',
      async () => {
        await control(`orders/${await idOfOrder("status = 'paid'")}/dispute`, { kind: 'open' });
        await reconcile(world);
      },
    ],
    [
      'loses that dispute',
      async () => {
        const made = await control(`orders/${await idOfOrder("status = 'paid'")}/dispute`, {
          kind: 'open',
        });
        await control(`disputes/${made['dispute_id'] ?? ''}/resolve`, { outcome: 'lost' });
      },
    ],
    [
      'has its dispute prevented',
      async () => {
        await control(`orders/${await idOfOrder("status = 'paid'")}/dispute`, { kind: 'prevented' });
      },
    ],
  ] as const;

  it.each(ended)('when it %s', async (_how, act) => {
    await fallBehind();
    expect(await reasons()).toEqual(['granted']);
    await act();
    await world.settle();
    expect(await reasons()).toEqual(['revoked']);
  });

  it('when Polar gives up, even if the time is not over', async () => {
    await setGrace(60);
    await fallBehind();
    vi.setSystemTime(world.simulator.now());
    await world.advance(22 * DAY);
    await world.settle();
    expect(await env.DB.prepare('select status from subscriptions').first('status')).toBe('canceled');
    expect(await reasons()).toEqual(['revoked']);
  });

  it('when it was cancelled with its period and that ends', async () => {
    const since = await fallBehind();
    const endsAt = since + DAY;
    await env.DB.prepare('update subscriptions set cancel_at_period_end = 1, ends_at = ?').bind(endsAt).run();
    const expires = new Date(Math.floor(endsAt / 1000) * 1000).toISOString();
    expect(await ask('content:desk/basic')).toMatchObject({ allow: true, expires_at: expires });
    vi.setSystemTime(endsAt);
    expect(await reasons()).toEqual(['expired']);
  });
});

test('what was taken away before, or from the product since, does not come back', async () => {
  const benefits = (
    await world.polar<{ benefits: { id: string; type: string }[] }>(
      'sandbox',
      'GET',
      `/v1/products/${productId}`,
    )
  ).benefits;
  const desk = benefits.find(({ type }) => type === 'custom')?.id ?? '';
  const setBenefits = async (ids: string[]) => {
    await world.polar('sandbox', 'POST', `/v1/products/${productId}/benefits`, { benefits: ids });
    await world.settle();
  };
  await setBenefits([desk]);
  expect((await ask('feature:dark')).reason).toBe('revoked');
  await fallBehind();
  expect((await ask('feature:dark')).reason).toBe('revoked');
  expect((await ask('content:desk/basic')).reason).toBe('granted');
  await setBenefits([]);
  expect((await ask('content:desk/basic')).reason).toBe('revoked');
  expect((await ask('plan:quay:basic')).reason).toBe('granted');
});

test('a member of a team goes on while the seat is theirs', async () => {
  const product = await world.createProduct({
    name: 'quay:team',
    recurring: 'month',
    seat: 500,
    benefits: [{ type: 'custom', description: 'The team’s desk', metadata: { content_id: 'desk/team' } }],
  });
  const payment = await startPayment(quay, product.id, { seats: 3 });
  await world.pay('sandbox', payment.checkoutUrl, { email: 'owner@readers.dev' });
  await world.settle();
  const team = await env.DB.prepare('select id, customer_id from subscriptions where product_id = ?')
    .bind(product.id)
    .first<{ id: string; customer_id: string }>();
  customerId = team?.customer_id ?? '';
  subscriptionId = team?.id ?? '';
  const seats: { id: string; member_id: string }[] = [];
  for (const name of ['ben', 'cy'])
    seats.push(
      await world.polar('sandbox', 'POST', '/v1/customer-seats', {
        subscription_id: subscriptionId,
        email: `${name}@readers.dev`,
        immediate_claim: true,
      }),
    );
  await world.settle();
  await setCard('declines');
  await world.advance(31 * DAY);
  await world.settle();
  const [ben, cy] = seats;
  const told = async (seat: typeof ben, resource = 'content:desk/team') =>
    (await ask(resource, 0, seat?.member_id ?? '')).reason;
  expect([await told(ben), await told(cy), await told(ben, 'plan:quay:team')]).toEqual(
    Array.from({ length: 3 }, () => 'granted'),
  );
  await world.polar('sandbox', 'DELETE', `/v1/customer-seats/${ben?.id ?? ''}`);
  await world.settle();
  expect([await told(ben), await told(cy), await told(ben, 'plan:quay:team')]).toEqual([
    'revoked',
    'granted',
    'revoked',
  ]);
});
