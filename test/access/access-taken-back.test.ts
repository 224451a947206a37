import { env } from 'cloudflare:workers';
import { decodeJwt } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { SANDBOX_API_URL } from '../harness/bindings.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { losing, reconcile } from '../compare/reconcile-calls.ts';
import { deliver, record, startPayment } from '../harness/story.ts';

/*
 * What Polar takes away ends here too: by refunds, disputes and deleted customers. What Polar only changes does not
 * end.
 */

let world: World;
let quay: TestApp;
let atlas: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
});

interface Bought {
  app: TestApp;
  productId: string;
  orderId: string;
  customerId: string;
  /** What the product gives by itself, then what its benefit gives. */
  resources: string[];
}

/** What can be refunded of a product for 9 dollars, whose price includes the tax. */
const NET = 756;
const BENEFIT = { type: 'custom', description: 'Reader', metadata: { content_id: 'blog/extra' } };

async function buy(app: TestApp, benefits = [BENEFIT]): Promise<Bought> {
  const [slug] = app.slug.split('-');
  const product = await world.createProduct({
    name: `${slug}:lifetime`,
    metadata: { content_id: 'blog/premium' },
    benefits,
  });
  const payment = await startPayment(app, product.id);
  await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  await world.settle();
  const row = await env.DB.prepare('select order_id, customer_id from payments where id = ?')
    .bind(payment.id)
    .first<{ order_id: string; customer_id: string }>();
  const bought = {
    app,
    productId: product.id,
    orderId: row?.order_id ?? '',
    customerId: row?.customer_id ?? '',
    resources: [
      'content:blog/premium',
      `plan:${slug}:lifetime`,
      `product:${product.id}`,
      ...(benefits.length > 0 ? ['content:blog/extra'] : []),
    ],
  };
  expect(await reasons(bought)).toEqual(['granted']);
  await expect.poll(() => cached(bought)).toEqual(expect.arrayContaining(bought.resources));
  return bought;
}

/** The answers for everything it gave, without repetitions. */
async function reasons({ app, customerId, resources }: Bought): Promise<string[]> {
  const answers = await Promise.all(
    resources.map((resource) => {
      const query = new URLSearchParams({ resource, customer: customerId, max_age: '0' });
      return call<{ reason: string }>('GET', `/v1/access?${query.toString()}`, { key: app.secretKey });
    }),
  );
  return [...new Set(answers.map(({ body }) => body.reason))];
}

/** The token in KV, for the next check in any city. */
async function cached({ app, customerId }: Bought): Promise<string[]> {
  const token = await env.ENTITLEMENTS.get(`entitlements:sandbox:${app.id}:${customerId}`);
  return token === null ? ['no token'] : decodeJwt<{ ent: string[] }>(token).ent;
}

/** Closed, and nothing says otherwise before the token ages. The cache first: a no rewrites it as well. */
async function expectClosed(bought: Bought): Promise<void> {
  await expect.poll(() => cached(bought)).toEqual([]);
  expect(await reasons(bought)).toEqual(['revoked']);
}

async function refund(
  { orderId }: Bought,
  amount: number,
  more: Record<string, unknown> = {},
): Promise<string> {
  const body = { order_id: orderId, amount, reason: 'customer_request', ...more };
  const { id } = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/refunds/', body);
  await world.settle();
  return id;
}

/** What the bank says of a refund later, on the simulator's control page. */
async function settleRefund(id: string, outcome: 'succeeded' | 'failed'): Promise<void> {
  const response = await world.simulator.fetch(
    new Request(`${SANDBOX_API_URL}/_sim/refunds/${id}/settle`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome }),
    }),
  );
  if (!response.ok) throw new Error(await response.text());
}

const WITHOUT = { content: 'of a product without benefits', benefits: [] };
const WITH = { content: 'of a product and of its benefit', benefits: [BENEFIT] };

describe.each([WITH, WITHOUT])('the content $content', ({ benefits }) => {
  it('ends with a refund of a part that takes the benefits', async () => {
    const bought = await buy(quay, benefits);
    await refund(bought, 100, { revoke_benefits: true });
    await expectClosed(bought);
  });

  it.each(['won', 'lost'] as const)('ends with a dispute that was %s', async (outcome) => {
    const bought = await buy(quay, benefits);
    const id = world.simulator.openDispute(bought.orderId);
    await reconcile(world);
    expect(await reasons(bought)).toEqual(['granted']);
    await losing(world, async () => world.simulator.resolveDispute(id, outcome));
    await reconcile(world);
    await expectClosed(bought);
  });

  it('ends with a dispute that was prevented', async () => {
    const bought = await buy(quay, benefits);
    world.simulator.preventDispute(bought.orderId);
    await world.settle();
    await expectClosed(bought);
  });

  it('ends with a refund of everything, and stays so when the product’s benefits are changed afterwards', async () => {
    const bought = await buy(quay, benefits);
    await refund(bought, NET);
    expect(await reasons(bought)).toEqual(['revoked']);
    const benefit = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/benefits/', {
      properties: {},
      ...BENEFIT,
    });
    await world.polar('sandbox', 'POST', `/v1/products/${bought.productId}/benefits`, {
      benefits: [benefit.id],
    });
    await world.settle();
    const granted = await env.DB.prepare('select count(*) as n from grants where is_granted = 1').first('n');
    expect(granted).toBe(1);
    expect(await reasons(bought)).toEqual(['revoked']);
  });

  it('stays after a refund that leaves the benefits, and returns when a refund fails', async () => {
    const bought = await buy(quay, benefits);
    await refund(bought, 100);
    expect(await reasons(bought)).toEqual(['granted']);
    const id = await refund(bought, NET - 100);
    expect(await reasons(bought)).toEqual(['revoked']);
    await settleRefund(id, 'failed');
    await world.settle();
    expect(await reasons(bought)).toEqual(['granted']);
  });
});

it('what a product gives stays when a benefit is taken off it, or a licence key is revoked', async () => {
  const bought = await buy(quay, [
    BENEFIT,
    { type: 'license_keys', description: 'Key', metadata: { content_id: 'key' } },
  ]);
  const itself = { ...bought, resources: bought.resources.slice(0, 3) };
  const [key] = (await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/license-keys/')).items;
  await world.polar('sandbox', 'PATCH', `/v1/license-keys/${key?.id}`, { status: 'revoked' });
  await world.polar('sandbox', 'POST', `/v1/products/${bought.productId}/benefits`, { benefits: [] });
  await world.settle();
  expect(await env.DB.prepare('select sum(is_granted) as n from grants').first('n')).toBe(0);
  expect(await reasons(itself)).toEqual(['granted']);
});

it('a purchase that was taken back opens again when Polar gives a benefit back under the same id', async () => {
  const bought = await buy(quay, [{ ...BENEFIT, type: 'license_keys' }]);
  const itself = { ...bought, resources: bought.resources.slice(0, 3) };
  await refund(bought, 100, { revoke_benefits: true });
  expect(await reasons(itself)).toEqual(['revoked']);
  const [key] = (await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/license-keys/')).items;
  await world.polar('sandbox', 'PATCH', `/v1/license-keys/${key?.id}`, { status: 'granted' });
  await world.settle();
  expect(await reasons(itself)).toEqual(['granted']);
});

describe('a customer who is deleted at Polar', () => {
  it('loses what was bought in every app with that one event, and who comes with the address again gets none of it', async () => {
    const [here, there] = [await buy(quay), await buy(atlas)];
    const [deleted] = (
      await record(world, async () => {
        await world.polar('sandbox', 'DELETE', `/v1/customers/${here.customerId}`);
        await world.simulator.settle();
      })
    ).filter(({ type }) => type === 'customer.deleted');
    if (!deleted) throw new Error('no customer.deleted');
    expect(await deliver(world, deleted)).toBe(200);
    await world.settle();
    for (const bought of [here, there]) {
      await expectClosed(bought);
    }

    const again = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/customers/', {
      email: 'ada@readers.dev',
    });
    await world.settle();
    expect(again.id).not.toBe(here.customerId);
    expect(await reasons({ ...here, customerId: again.id })).toEqual(['unknown_customer']);
  });
});
