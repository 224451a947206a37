/** `/_sim`, as JSON: what happens in the world outside Polar, and what Polar has no API for. */

import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { notFound, problem } from '../http/errors.ts';
import { pathId } from '../http/input.ts';
import { openDispute, preventDispute, resolveDispute } from '../life/disputes.ts';
import { connectGrant, failGrant } from '../life/grants.ts';
import { runSettle } from '../life/refunds.ts';
import { runSubscriptionCharge } from '../life/dunning.ts';
import type { World } from '../world.ts';
import { endPeriodNow, failNextPayment, setCard } from './changes.ts';
import { readJson } from './input.ts';
import { settleCheckout } from './settling.ts';

const settleBody = z.object({ outcome: z.enum(['succeeded', 'failed']).default('succeeded') });
const connectBody = z.object({ properties: z.record(z.string(), z.unknown()).default({}) });
const failBody = z.object({
  type: z.string().max(100).optional(),
  message: z.string().max(1_000).default('The benefit could not be granted.'),
});
const disputeBody = z.object({ kind: z.enum(['open', 'prevented']).default('open') });
const blockBody = z.object({ blocked: z.boolean().default(true) });
const resolveBody = z.object({ outcome: z.enum(['won', 'lost']) });
/** Null: every scope. */
const scopesBody = z.object({ scopes: z.array(z.string()).nullable() });
const cardBody = z.object({ outcome: z.enum(['pays', 'declines']) });

export function actionRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { checkouts, disputes, subscriptions, orders, refunds, grants, customers } = world.tables;

  /** A payment that was `processing` is known now. */
  routes.post('/checkouts/:id/settle', async (context) => {
    const checkout = find(checkouts, context);
    const { outcome } = await readJson(context, settleBody);
    if (!settleCheckout(world, checkout, outcome)) {
      throw problem(409, 'NotConfirmedCheckout', 'Only a confirmed checkout waits for its payment.');
    }
    return context.json({ id: checkout.id, status: checkout.status });
  });

  /** The charge after this one fails, whatever the card. */
  routes.post('/subscriptions/:id/fail-next-payment', (context) => {
    const subscription = find(subscriptions, context);
    failNextPayment(world, subscription);
    return context.json({ id: subscription.id, fail_next_payment: true });
  });

  /** The period ends now, without moving anybody else's clock: it renews, pauses or ends. */
  routes.post('/subscriptions/:id/renew', (context) => {
    const subscription = find(subscriptions, context);
    endPeriodNow(world, subscription);
    const { id, status, current_period_end } = subscription;
    return context.json({ id, status, current_period_end });
  });

  /** Tries the pending order of a subscription again, as a new default card would. */
  routes.post('/orders/:id/retry', (context) => {
    const order = find(orders, context);
    if (!order.subscription_id) throw notFound();
    const data = { subscription_id: order.subscription_id, order_id: order.id };
    runSubscriptionCharge(world, data, 'retry_dunning');
    return context.json({ id: order.id, status: order.status });
  });

  /** The buyer's bank takes the money back; `prevented` is its early warning, which refunds the order. */
  routes.post('/orders/:id/dispute', async (context) => {
    const order = find(orders, context);
    const { kind } = await readJson(context, disputeBody);
    const dispute = kind === 'prevented' ? preventDispute(world, order) : openDispute(world, order);
    return context.json({ id: order.id, dispute_id: dispute.id, status: dispute.status });
  });

  /** Polar stops refunds of an order, or allows them again. */
  routes.post('/orders/:id/block-refunds', async (context) => {
    const order = find(orders, context);
    const { blocked } = await readJson(context, blockBody);
    order.refunds_blocked = blocked;
    world.changed();
    return context.json({ id: order.id, refunds_blocked: blocked });
  });

  routes.post('/disputes/:id/resolve', async (context) => {
    const dispute = find(disputes, context);
    const { outcome } = await readJson(context, resolveBody);
    resolveDispute(world, dispute, outcome);
    return context.json({ id: dispute.id, status: dispute.status });
  });

  routes.post('/refunds/:id/settle', async (context) => {
    const refund = find(refunds, context);
    const { outcome } = await readJson(context, settleBody);
    runSettle(world, { refund_id: refund.id, outcome });
    return context.json({ id: refund.id, status: refund.status });
  });

  /** The customer connects the account that a benefit waits for. */
  routes.post('/grants/:id/connect', async (context) => {
    const grant = find(grants, context);
    const { properties } = await readJson(context, connectBody);
    connectGrant(world, grant, { account_id: 'sim-account', ...properties });
    return context.json({ id: grant.id, is_granted: grant.is_granted });
  });

  /** Polar cannot give what the benefit promises. */
  routes.post('/grants/:id/fail', async (context) => {
    const grant = find(grants, context);
    failGrant(world, grant, await readJson(context, failBody));
    return context.json({ id: grant.id, error: grant.error });
  });

  /** What the organization's access token may do from now on. */
  routes.post('/organizations/:id/scopes', async (context) => {
    const { id } = find(world.tables.organizations, context);
    const { scopes } = await readJson(context, scopesBody);
    for (const token of world.tables.accessTokens.all()) {
      if (token.organization_id !== id) continue;
      if (scopes === null) delete token.scopes;
      else token.scopes = scopes;
    }
    world.changed();
    return context.json({ id, scopes });
  });

  routes.post('/customers/:id/card', async (context) => {
    const customer = find(customers, context);
    const { outcome } = await readJson(context, cardBody);
    setCard(world, customer, outcome);
    return context.json({ id: customer.id, card: customer.card });
  });

  return routes;
}

/** Finds a row of any organization: these routes are called without a token. */
function find<Row>(table: { get(id: string): Row | undefined }, context: Context): Row {
  const row = table.get(pathId(context));
  if (!row) throw notFound();
  return row;
}
