/** The customer's cards (facts §6). One is kept at a time. */

import type { Hono } from 'hono';
import * as z from 'zod';
import { notFound, problem } from '../../http/errors.ts';
import { pathId, readBody } from '../../http/input.ts';
import { cardOf, keepCard } from '../../life/cards.ts';
import type { CustomerRow } from '../../state.ts';
import type { World } from '../../world.ts';
import { answerPaymentMethods, paymentMethodsOf } from '../customers.ts';
import { type PortalEnv, createPortalRouter, needBilling } from './access.ts';

const addBody = z.object({
  confirmation_token_id: z.string(),
  set_default: z.boolean(),
  return_url: z.string(),
});

const confirmBody = z.object({ setup_intent_id: z.string(), set_default: z.boolean() });

export function portalPaymentMethodRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();

  const added = (customer: CustomerRow) => ({
    status: 'succeeded',
    payment_method: paymentMethodsOf(world, customer)[0],
  });

  routes.get('/', (context) => {
    needBilling(context);
    return answerPaymentMethods(world, context, context.var.customer);
  });

  /** A token that contains `requires_action` waits for the customer's bank; confirming it is the next call. */
  routes.post('/', async (context) => {
    needBilling(context);
    const { confirmation_token_id } = await readBody(context, addBody);
    if (confirmation_token_id.includes('requires_action')) {
      return context.json({ status: 'requires_action', client_secret: `seti_${world.id()}` }, 201);
    }
    const { card, pays } = cardOf(confirmation_token_id);
    if (pays !== 'now') throw problem(400, 'PaymentMethodSetupFailed', 'Your card was declined.');
    keepCard(world, context.var.customer, card);
    return context.json(added(context.var.customer), 201);
  });

  routes.post('/confirm', async (context) => {
    needBilling(context);
    const { setup_intent_id } = await readBody(context, confirmBody);
    keepCard(world, context.var.customer, cardOf(setup_intent_id).card);
    return context.json(added(context.var.customer), 201);
  });

  routes.delete('/:id', (context) => {
    needBilling(context);
    const { customer } = context.var;
    if (pathId(context) !== customer.default_payment_method_id || !customer.card) throw notFound();
    const isNeeded = world.tables.subscriptions
      .by('customer', customer.id)
      .some((each) => each.amount > 0 && (each.status === 'active' || each.status === 'trialing'));
    if (isNeeded) {
      throw problem(
        400,
        'PaymentMethodInUseByActiveSubscription',
        'This payment method is used by an active subscription.',
      );
    }
    customer.card = null;
    customer.default_payment_method_id = null;
    world.touch(customer);
    return context.body(null, 204);
  });

  return routes;
}
