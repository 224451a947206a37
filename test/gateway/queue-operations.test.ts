import { beforeEach, expect, it } from 'vitest';
import { receive } from '../tell/forwarding.ts';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import { watchInvocations } from '../harness/platform-limits.ts';
import { startPayment } from '../harness/story.ts';

/* How many queue messages a sale takes, counted where they are consumed: `docs/limits.md` says it, and each costs three operations. */

let world: World;
let quay: TestApp;

beforeEach(async () => {
  receive(() => new Response());
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: true });
});

/** The messages that were consumed while somebody bought, by type. */
async function messagesOf(product: { name: string; recurring?: 'month' }): Promise<Record<string, number>> {
  const { id } = await world.createProduct(product);
  await world.settle();
  const invocations = await watchInvocations(async () => {
    const { checkoutUrl } = await startPayment(quay, id);
    await world.pay('sandbox', checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
  });
  const counted: Record<string, number> = {};
  for (const { name } of invocations.filter((each) => each.name.includes(': ')))
    for (const [type] of name.matchAll(/\b(deliver|drain|refresh|rebuild|reapply|reread|ping)\b/g))
      counted[type] = (counted[type] ?? 0) + 1;
  return counted;
}

const total = (counted: Record<string, number>) =>
  Object.values(counted).reduce((sum, count) => sum + count, 0);

it('of a one-time purchase are five or so, of a subscription seven', async () => {
  const once = total(await messagesOf({ name: 'quay:lifetime' }));
  const monthly = total(await messagesOf({ name: 'quay:monthly', recurring: 'month' }));
  expect(once).toBeGreaterThan(0);
  expect(once).toBeLessThanOrEqual(6);
  expect(monthly).toBeGreaterThan(once);
  expect(monthly).toBeLessThanOrEqual(9);
});
