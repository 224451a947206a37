import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import { watchInvocations } from '../harness/platform-limits.ts';
import { startPayment } from '../harness/story.ts';

/* One customer may have bought thousands of times. The limits of the platform are enforced for every test here. */

const PURCHASES = 4_500;
let world: World;
let quay: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
});
afterEach(() => world.settle());

async function readAll(sql: string): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare(sql).all()).results;
}

it('the tokens of all purchases of a customer who is deleted are looked at, in messages that the queue takes', async () => {
  const product = await world.createProduct({ name: 'quay:lifetime' });
  const buyer = { email: 'ada@readers.dev', name: 'Ada' };
  const { checkoutUrl } = await startPayment(quay, product.id, { customer: buyer });
  await world.pay('sandbox', checkoutUrl, buyer);
  await world.settle();
  const columns = (await readAll('pragma table_info(orders)')).map(({ name }) => String(name));
  const others = columns.map((column) => {
    if (column === 'id') return "'00000000-0000-4000-8000-' || printf('%012d', n.value)";
    if (column === 'payment_id') return "'pay_01m8h5v7j1f26t' || printf('%012d', n.value)";
    return `o.${column}`;
  });
  await env.DB.prepare(
    `with recursive n(value) as (select 1 union all select value + 1 from n where value < ${PURCHASES})
     insert into orders (${columns.join(', ')}) select ${others.join(', ')} from orders as o, n`,
  ).run();
  const [customer] = await readAll('select id from customers');

  await watchInvocations(async (soFar) => {
    const countRefreshes = () => soFar.flatMap(({ name }) => name.match(/\brefresh\b/g) ?? []).length;
    await world.polar('sandbox', 'DELETE', `/v1/customers/${String(customer?.['id'])}`);
    await world.settle();
    await expect.poll(countRefreshes, { timeout: 8_000 }).toBeGreaterThanOrEqual(PURCHASES / 100);
    expect(countRefreshes()).toBeLessThan(PURCHASES / 10);
  });
}, 300_000);
