import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.rules.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { type Invocation, watchInvocations } from '../harness/platform-limits.ts';
import { startPayment } from '../harness/story.ts';

/*
 * What grows with data is done in pieces: D1 runs a thousand statements in an invocation, each of a batch counted. The
 * limits are enforced at half for every test here (`platform-limits.ts`), so these say only that the work is done in the end.
 */

let world: World;
let quay: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
});
afterEach(() => world.settle());

async function count(sql: string): Promise<number> {
  return (await env.DB.prepare(`select count(*) as n from ${sql}`).first<{ n: number }>())?.n ?? 0;
}

/** Nothing of this reaches the gateway: what Polar tells meanwhile is lost. */
async function unheard(act: () => Promise<unknown>): Promise<void> {
  world.holdWebhooks = true;
  await act();
  world.holdWebhooks = false;
  world.held.length = 0;
}

async function productWithBenefits(benefits: number): Promise<string> {
  const made = await world.createProduct({
    name: 'quay:monthly',
    recurring: 'month',
    benefits: Array.from({ length: benefits }, (_, i) => ({ type: 'custom', description: `Benefit ${i}` })),
  });
  await world.settle();
  return made.id;
}

function most(seen: readonly Invocation[]): number {
  return Math.max(...seen.map(({ d1Statements }) => d1Statements));
}

describe('a subscription with 120 grants', () => {
  const payUnheard = async () => {
    const payment = await startPayment(quay, await productWithBenefits(120));
    await unheard(() => world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' }));
    return payment;
  };

  it('is read again whole, piece by piece', async () => {
    await payUnheard();
    const [customer] = (await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/customers/'))
      .items;
    const seen = await watchInvocations(async () => {
      await env.DB.prepare("insert into rereads values ('sandbox', 'grants', ?, 'test', 0, 0, 0, 1)")
        .bind(customer?.id)
        .run();
      await env.WORK.sendBatch([
        { body: { type: 'reread', mode: 'sandbox', kind: 'grants', id: String(customer?.id) } },
      ]);
      await expect.poll(() => count('grants where app_id is not null'), { timeout: 30_000 }).toBe(120);
      await expect.poll(() => count('rereads'), { timeout: 30_000 }).toBe(0);
    });
    expect(seen.length).toBeGreaterThan(3);
    expect(most(seen)).toBeGreaterThan(200);
    // Pages, not the whole list for each piece.
    expect(world.polarRequests.filter((path) => path.includes('benefit-grants')).length).toBeLessThan(25);
  });

  it('is there after the buyer has come back, who does not wait for all of it', async () => {
    const { id } = await payUnheard();
    const [checkout] = (
      await world.polar<{ items: { success_url: string }[] }>('sandbox', 'GET', '/v1/checkouts/')
    ).items;
    const back = new URL(String(checkout?.success_url));
    const answer = await call('GET', `${back.pathname}${back.search}`);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, expect.stringContaining(id)]);
    await expect.poll(() => count('grants where app_id is not null'), { timeout: 30_000 }).toBe(120);
  });

  it('is repaired by reconcile', async () => {
    await payUnheard();
    await world.advance(10 * 60_000);
    await call('POST', '/admin/reconcile', {
      key: env.FLOE_ADMIN_TOKEN,
      body: { mode: 'sandbox', scope: 'full', grace_seconds: 0 },
    });
    await expect.poll(() => count('grants where app_id is not null'), { timeout: 40_000 }).toBe(120);
  });
});

it('tokens of a team of 480 are all rebuilt when what they may use changes', async () => {
  const customerId = crypto.randomUUID();
  const productId = await productWithBenefits(1);
  const members = Array.from({ length: 480 }, () => crypto.randomUUID());
  await env.DB.prepare(
    `insert into grants (mode, id, app_id, benefit_id, customer_id, member_id, is_granted, is_revoked, properties, created_at, version, seen_version)
     select 'sandbox', 'grant-' || value, ?, (select id from benefits limit 1), ?, value, 1, 0, '{}', 0, 1, 1 from json_each(?)`,
  )
    .bind(quay.id, customerId, JSON.stringify(members))
    .run();
  expect(productId).not.toBe('');
  const keyOf = (member: string) => `entitlements:sandbox:${quay.id}:${customerId}/${member}`;
  await Promise.all(members.map((member) => env.ENTITLEMENTS.put(keyOf(member), 'an older token')));
  const seen = await watchInvocations(async () => {
    await env.WORK.sendBatch([
      { body: { type: 'refresh', appId: quay.id, customerIds: [customerId], paymentIds: [] } },
    ]);
    await expect
      .poll(
        async () => {
          const tokens = await Promise.all(members.map((member) => env.ENTITLEMENTS.get(keyOf(member))));
          return tokens.filter((token) => token === 'an older token').length;
        },
        { timeout: 20_000, interval: 200 },
      )
      .toBe(0);
  });
  expect(seen.length).toBeGreaterThan(2);
});

it('24 rereads in one batch are all done', async () => {
  const productId = await productWithBenefits(1);
  const ids: string[] = [];
  for (let i = 0; i < 24; i++) {
    const { checkoutUrl } = await startPayment(quay, productId);
    await unheard(() => world.pay('sandbox', checkoutUrl, { email: `reader-${i}@readers.dev` }));
  }
  const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/orders/?limit=100');
  ids.push(...items.map(({ id }) => id));
  expect(ids).toHaveLength(24);
  await env.DB.prepare(
    "insert into rereads select 'sandbox', 'order', value, 'test', 0, 0, 0, 1 from json_each(?)",
  )
    .bind(JSON.stringify(ids))
    .run();
  await env.WORK.sendBatch(
    ids.map((id): { body: WorkMessage } => ({
      body: { type: 'reread', mode: 'sandbox', kind: 'order', id },
    })),
  );
  await expect.poll(() => count("payments where status = 'succeeded'"), { timeout: 30_000 }).toBe(24);
});

it('more than a hundred events that waited for their product’s owner are all applied', async () => {
  const made = await world.createProduct({ name: 'Somebody’s', recurring: 'month' });
  for (let i = 0; i < 20; i++) {
    const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [made.id],
    });
    await world.pay('sandbox', checkout.url, { email: `reader-${i}@readers.dev` });
  }
  await world.settle();
  const waiting = await count("polar_events where status = 'unrouted'");
  expect(waiting).toBeGreaterThan(100);
  const answer = await call('POST', `/admin/products/${made.id}/owner`, {
    key: env.FLOE_ADMIN_TOKEN,
    body: { mode: 'sandbox', app: quay.slug },
  });
  expect(answer.status).toBe(200);
  await expect
    .poll(() => count("polar_events where status in ('unrouted', 'pending')"), { timeout: 30_000 })
    .toBe(0);
  expect(await count("payments where status = 'succeeded'")).toBe(20);
});

it('the backlogs of 20 endpoints that answer slowly are all sent', async () => {
  for (let i = 0; i < 19; i++)
    await call('POST', '/v1/webhook-endpoints', {
      key: quay.secretKey,
      body: { url: `https://receiver.example-site.dev/hooks/${i}`, events: ['*'] },
    });
  const { results } = await env.DB.prepare('select id from endpoints').all<{ id: string }>();
  const endpoints = results.map(({ id }) => id);
  expect(endpoints).toHaveLength(20);
  const events = Array.from({ length: 30 }, () => newId('evt'));
  await env.DB.batch([
    env.DB.prepare(
      `insert into events (id, app_id, mode, key, type, sequence, origin, body, occurred_at, created_at)
       select value, ?, 'sandbox', value, 'payment.updated', 1000 + key, 'webhook', '{}', 0, 0 from json_each(?)`,
    ).bind(quay.id, JSON.stringify(events)),
  ]);
  await env.DB.prepare(
    `insert into deliveries (id, event_id, endpoint_id, app_id, sequence, status, attempts, next_attempt_at, lease_until, created_at)
     select 'dlv_' || lower(hex(randomblob(13))), f.value, e.value, ?, 1000 + f.key, 'pending', 0, 0, 0, 0
     from json_each(?) as f, json_each(?) as e`,
  )
    .bind(quay.id, JSON.stringify(events), JSON.stringify(endpoints))
    .run();
  world.receiver = async () => {
    await scheduler.wait(40);
    return new Response('ok');
  };
  await env.WORK.sendBatch(endpoints.map((endpointId) => ({ body: { type: 'drain', endpointId } })));
  await expect
    .poll(() => count("deliveries where status = 'pending'"), { timeout: 50_000, interval: 300 })
    .toBe(0);
});
