/** Makes a product through Polar's API, as its form wants it. */

import type { World } from '../world.ts';
import { type ApiCall, accessTokenOf, textIn } from './api.ts';
import { Refusal } from './form-actions.ts';
import type { WantedProduct } from './product-form.ts';

/** @throws {Refusal} in Polar's words. What was made before stays. */
export async function makeProduct(
  world: World,
  call: ApiCall,
  organizationId: string,
  { product, benefits, newBenefit }: WantedProduct,
): Promise<void> {
  const post = async (path: string, body: unknown) => {
    const answer = await call(accessTokenOf(world, organizationId), 'POST', path, body);
    if (answer.refusal !== null) throw new Refusal(answer.refusal);
    return answer;
  };
  // The product first: it is what can be refused.
  const id = textIn(await post('/v1/products/', product), 'id');
  const all = [...benefits];
  if (newBenefit !== null) {
    const benefit = { type: 'custom', description: newBenefit, properties: { note: null } };
    all.push(textIn(await post('/v1/benefits/', benefit), 'id'));
  }
  if (all.length > 0) await post(`/v1/products/${id}/benefits`, { benefits: all });
}
