import { expect, test } from 'vitest';
import { BUYER, sellable, setUp } from './world.ts';

const DAY = 24 * 3600_000;

type Duration = { duration: 'once' | 'forever' } | { duration: 'repeating'; duration_in_months: number };

/** A month costs 10.00; a quarter less with the discount. */
async function subscribed(duration: Duration, options: { trialDays?: number } = {}) {
  const setting = await setUp();
  const { product } = await sellable(setting, { interval: 'month', ...options });
  const discount = await setting.polar.discounts.create({
    name: 'Quarter',
    code: 'QUARTER',
    type: 'percentage',
    basis_points: 2500,
    ...duration,
  });
  const checkout = await setting.polar.checkouts.create({ products: [product.id], discount_id: discount.id });
  await setting.polar.checkouts.clientConfirm(checkout.client_secret, {
    customer_email: BUYER,
    confirmation_token_id: 'tok',
    customer_billing_address: { country: 'CH' },
  });
  await setting.simulator.settle();
  const months = async (count: number) => {
    for (let month = 0; month < count; month++) await setting.simulator.advance(31 * DAY);
    return setting.eventsOf('order.paid').map((order) => order.total_amount);
  };
  const id = String(setting.eventsOf('subscription.created')[0]?.id);
  return { setting, discount, months, id };
}

test('a discount once is gone at the first renewal, and the amount rises', async () => {
  const { setting, months, id } = await subscribed({ duration: 'once' });
  expect(await setting.polar.subscriptions.get(id)).toMatchObject({ amount: 750 });
  expect(await months(2)).toEqual([750, 1000, 1000]);
  expect(await setting.polar.subscriptions.get(id)).toMatchObject({ amount: 1000, discount_id: null });
  expect(setting.eventsOf('subscription.cycled')[0]).toMatchObject({ discount_id: null, discount: null });
});

test('a repeating discount runs out after its months', async () => {
  const { months } = await subscribed({ duration: 'repeating', duration_in_months: 3 });
  expect(await months(4)).toEqual([750, 750, 750, 1000, 1000]);
});

test('a discount forever stays, also when it is deleted', async () => {
  const { setting, discount, months } = await subscribed({ duration: 'forever' });
  await setting.polar.discounts.delete(discount.id);
  expect(await months(3)).toEqual([750, 750, 750, 750]);
});

test('after a trial a discount once is used by the first order that costs something', async () => {
  const { months } = await subscribed({ duration: 'once' }, { trialDays: 7 });
  expect(await months(2)).toEqual([0, 750, 1000]);
});

test('discounts are listed, read, and refused when they are used up', async () => {
  const { setting, discount } = await subscribed({ duration: 'once' });
  expect((await setting.polar.discounts.list({ query: 'quarter' })).items).toMatchObject([
    { redemptions_count: 1 },
  ]);
  expect(await setting.polar.discounts.get(discount.id)).toMatchObject({ code: 'QUARTER' });
  await setting.polar.discounts.update(discount.id, { max_redemptions: 1 });
  const { product } = await sellable(setting, { name: 'quay:other' });
  expect(
    await setting.api('POST', '/v1/checkouts/', { products: [product.id], discount_id: discount.id }),
  ).toMatchObject({ status: 422, json: { detail: [{ msg: 'Discount does not exist.' }] } });
  expect((await setting.api('PATCH', `/v1/discounts/${discount.id}`, { basis_points: 100 })).status).toBe(
    403,
  );
});
