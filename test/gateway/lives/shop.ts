import type { World } from '../../harness/harness.ts';
import type { ProductName } from './actions.ts';

/* What is sold in all lives: everything that the model knows of it is in `GIVES` of expected.ts. */

export interface Shop {
  products: Record<ProductName, string>;
  benefits: Record<'extra' | 'dark' | 'desk', string>;
  discounts: { once: string; forever: string };
}

interface Made {
  id: string;
}

const fixed = (amount: number) => [{ amount_type: 'fixed', price_amount: amount, price_currency: 'usd' }];

export async function openShop(world: World): Promise<Shop> {
  // By default an organization lets a customer have one subscription in all.
  await world.polar('sandbox', 'PATCH', `/v1/organizations/${world.organizations.sandbox.id}`, {
    subscription_settings: { allow_multiple_subscriptions: true },
  });
  const make = (path: string, body: object) => world.polar<Made>('sandbox', 'POST', path, body);
  const benefit = (type: string, description: string, metadata: object) =>
    make('/v1/benefits/', { type, description, metadata, properties: {} });
  const extra = await benefit('custom', 'Extra', { content_id: 'extra' });
  const dark = await benefit('feature_flag', 'Dark mode', { feature_key: 'dark' });
  const desk = await benefit('custom', 'The desk', { content_id: 'desk' });
  const product = async (name: string, more: object, benefits: Made[]) => {
    const { id } = await make('/v1/products/', { name: `quay:${name}`, ...more });
    await make(`/v1/products/${id}/benefits`, { benefits: benefits.map((each) => each.id) });
    return id;
  };
  const monthly = { recurring_interval: 'month' };
  const seats = { amount_type: 'seat_based', price_currency: 'usd' };
  const products = {
    once: await product('once', { prices: fixed(900) }, [extra]),
    monthly: await product('monthly', { ...monthly, prices: fixed(1000) }, [dark]),
    pro: await product('pro', { ...monthly, prices: fixed(2900) }, [dark, desk]),
    trial: await product(
      'trial',
      { ...monthly, trial_interval: 'day', trial_interval_count: 14, prices: fixed(1500) },
      [desk],
    ),
    team: await product(
      'team',
      { ...monthly, prices: [{ ...seats, seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] } }] },
      [desk],
    ),
  };
  const discount = async (duration: string) => {
    const body = {
      name: duration,
      type: 'percentage',
      basis_points: 2500,
      duration,
      products: Object.values(products),
    };
    return (await make('/v1/discounts/', body)).id;
  };
  const discounts = { once: await discount('once'), forever: await discount('forever') };
  await world.simulator.settle();
  const benefits = { extra: extra.id, dark: dark.id, desk: desk.id };
  return { products, benefits, discounts };
}
