import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { takePictures } from './pictures.ts';
import { openShop, type Reader, type Shop } from './shop.ts';

const ARTICLE = '/articles/premium';
const DAY_MS = 24 * 60 * 60_000;

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(async () => {
  try {
    await shop.endTest();
  } finally {
    await shop.close();
  }
});

test('a refund closes the article again, and the shop hears of it', async () => {
  const reader = await shop.newReader();
  await reader.buy(ARTICLE, 'Buy: Just this one', 'ada@floe-mail.dev');
  const order = firstItem(await shop.polar('GET', '/v1/orders/'), { refundable_amount: z.int() });
  await shop.polar('POST', '/v1/refunds/', {
    order_id: order.id,
    reason: 'customer_request',
    amount: order.refundable_amount,
    revoke_benefits: true,
  });

  await untilClosed(reader, 'Your purchase was refunded');
  await takePictures(reader.page, 'changes', 'refunded');
  await untilTold(reader, 'refund.succeeded', 1);
});

test('a renewal is a payment of its own, and the article stays open', async () => {
  const reader = await shop.newReader();
  await reader.buy(ARTICLE, 'Subscribe: Every month', 'ben@floe-mail.dev');
  await untilTold(reader, 'payment.succeeded', 1);
  await shop.polar('POST', '/_sim/clock', { advance_ms: 32 * DAY_MS });

  await untilTold(reader, 'payment.succeeded', 2);
  await untilTold(reader, 'subscription.renewed', 1);
  const payments = await reader.page
    .locator('[data-type="payment.succeeded"] summary')
    .locator('code', { hasText: /^pay_/ })
    .allInnerTexts();
  expect(new Set(payments).size).toBe(2);
  await reader.open(ARTICLE);
  await reader.page.getByText('You have bought this').waitFor();
});

test('canceled at period end: open until the period is over, then closed', async () => {
  const reader = await shop.newReader();
  await reader.buy(ARTICLE, 'Subscribe: Every year', 'cleo@floe-mail.dev');
  const subscription = firstItem(await shop.polar('GET', '/v1/subscriptions/'), {});
  await shop.polar('PATCH', `/v1/subscriptions/${subscription.id}`, { cancel_at_period_end: true });
  await untilTold(reader, 'subscription.canceled', 1);
  await reader.open(ARTICLE);
  await reader.page.getByText('You have bought this').waitFor();

  await shop.polar('POST', '/_sim/clock', { advance_ms: 367 * DAY_MS });
  await untilClosed(reader, 'Your subscription has ended');
  await untilTold(reader, 'subscription.revoked', 1);
});

/** Looks again until the article is closed, and why is said. */
async function untilClosed({ page, open, paywall }: Reader, why: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await open(ARTICLE);
        return paywall().isVisible();
      },
      { timeout: 20_000, interval: 500 },
    )
    .toBe(true);
  await page.getByText(why).waitFor();
  expect(await page.content()).not.toContain('A reefer box has lost its power');
}

/** Waits until the shop's page shows `count` verified events of this type. */
async function untilTold({ page, open }: Reader, type: string, count: number): Promise<void> {
  await open('/events');
  const rows = page.locator(`[data-type="${type}"]`).filter({ hasText: 'verified' });
  await expect.poll(() => rows.count(), { timeout: 20_000, interval: 250 }).toBe(count);
}

/** The first object of one of Polar's lists, and the fields of it that a test needs. */
function firstItem<Shape extends z.ZodRawShape>(answer: Record<string, unknown>, shape: Shape) {
  const list = z.looseObject({ items: z.tuple([z.looseObject({ id: z.string(), ...shape })], z.unknown()) });
  return list.parse(answer).items[0];
}
