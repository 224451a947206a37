/** Something to begin with: an organization that sells an article and a subscription. */

import { createOrganization } from '../life/organizations.ts';
import type { Seller } from '../simulator.ts';
import type { World } from '../world.ts';
import { type ApiAnswer, type ApiCall, accessTokenOf, textIn } from './api.ts';

/** The organization to show to somebody who has just started: the first one, or a new one with two products. */
export async function readySeller(world: World, call: ApiCall): Promise<Seller> {
  for (const { id, name, slug } of world.tables.organizations.all()) {
    return { name, slug, accessToken: accessTokenOf(world, id) };
  }
  const { slug, accessToken } = createOrganization(world, {
    slug: 'demo',
    name: 'Demo',
    environment: 'sandbox',
  });
  const post = async (path: string, body: unknown): Promise<ApiAnswer> => {
    const answer = await call(accessToken, 'POST', path, body);
    if (answer.refusal !== null) throw new Error(`The demo could not be made: ${answer.refusal}`);
    return answer;
  };
  const price = (price_amount: number) => ({ amount_type: 'fixed', price_currency: 'usd', price_amount });
  const benefit = await post('/v1/benefits/', {
    type: 'custom',
    description: 'All articles',
    properties: { note: null },
  });
  const article = await post('/v1/products/', { name: 'One article', prices: [price(900)] });
  const monthly = await post('/v1/products/', {
    name: 'Every month',
    recurring_interval: 'month',
    prices: [price(500)],
  });
  for (const product of [article, monthly]) {
    const benefits = [textIn(benefit, 'id')];
    await post(`/v1/products/${textIn(product, 'id')}/benefits`, { benefits });
  }
  return { name: 'Demo', slug, accessToken };
}
