/** `/_sim`: what Polar has no API for. The clock, trouble, the books, and events of the outside world. */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { notFound, problem } from '../http/errors.ts';
import { parseInput, pathId } from '../http/input.ts';
import { connectGrant } from '../life/grants.ts';
import { runSettle } from '../life/refunds.ts';
import { renew, runSubscriptionCharge } from '../life/renewals.ts';
import { createOrganization } from '../resources/organizations.ts';
import type { Runner } from '../runner.ts';
import { isoFromMs } from '../time.ts';
import { NO_FAULTS, type World } from '../world.ts';
import { books } from './books.ts';

const clockBody = z.object({ advance_ms: z.number().int().min(0) });

const organizationBody = z.object({
  slug: z.string().min(1),
  name: z.string().optional(),
  environment: z.enum(['production', 'sandbox']).optional(),
});

const rate = z.number().min(0).max(1);

const faultsBody = z
  .strictObject({
    latency_ms: z.number().min(0),
    rate_limited: rate,
    retry_after_s: z.number().int().min(0),
    server_error: rate,
    webhook_duplicate: rate,
    webhook_reorder: rate,
    webhook_drop: rate,
  })
  .partial();

const settleBody = z.object({ outcome: z.enum(['succeeded', 'failed']).default('succeeded') });
const connectBody = z.object({ properties: z.record(z.string(), z.unknown()).default({}) });
const cardBody = z.object({ outcome: z.enum(['pays', 'declines']) });

export function controlRoutes(world: World, runner: Runner): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { subscriptions, orders, refunds, grants, customers } = world.tables;

  routes.get('/health', (context) => context.json({ status: 'ok', now: isoFromMs(world.now()) }));

  routes.get('/books', (context) => context.json(books(world)));

  routes.get('/clock', (context) => context.json({ now: isoFromMs(world.now()) }));

  routes.post('/clock', async (context) => {
    const { advance_ms } = await read(context.req.raw, clockBody);
    await runner.advance(advance_ms);
    return context.json({ now: isoFromMs(world.now()) });
  });

  routes.post('/settle', async (context) => {
    await runner.settle();
    return context.json({ now: isoFromMs(world.now()) });
  });

  routes.post('/organizations', async (context) => {
    const body = await read(context.req.raw, organizationBody);
    const { id, slug, accessToken } = createOrganization(world, {
      slug: body.slug,
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.environment === undefined ? {} : { environment: body.environment }),
    });
    return context.json({ id, slug, access_token: accessToken }, 201);
  });

  routes.get('/faults', (context) => context.json(world.faults));

  routes.post('/faults', async (context) => {
    Object.assign(world.faults, await read(context.req.raw, faultsBody));
    return context.json(world.faults);
  });

  routes.delete('/faults', (context) => {
    Object.assign(world.faults, NO_FAULTS);
    return context.json(world.faults);
  });

  /** The charge after this one fails, whatever the card. */
  routes.post('/subscriptions/:id/fail-next-payment', (context) => {
    const subscription = subscriptions.get(pathId(context));
    if (!subscription) throw notFound();
    subscription.fail_next_payment = true;
    world.changed();
    return context.json({ id: subscription.id, fail_next_payment: true });
  });

  /** The period ends now, without moving anybody else's clock. */
  routes.post('/subscriptions/:id/renew', (context) => {
    const subscription = subscriptions.get(pathId(context));
    if (!subscription) throw notFound();
    if (subscription.status !== 'active' && subscription.status !== 'trialing') {
      throw problem(409, 'InactiveSubscription', 'Only an active subscription renews.');
    }
    subscription.current_period_end = isoFromMs(world.now());
    renew(world, subscription);
    return context.json({ id: subscription.id, current_period_end: subscription.current_period_end });
  });

  /** Tries the pending order of a subscription again, as a new default card would. */
  routes.post('/orders/:id/retry', (context) => {
    const order = orders.get(pathId(context));
    if (!order?.subscription_id) throw notFound();
    runSubscriptionCharge(
      world,
      { subscription_id: order.subscription_id, order_id: order.id },
      'retry_dunning',
    );
    return context.json({ id: order.id, status: order.status });
  });

  routes.post('/orders/:id/dispute', (context) => {
    const order = orders.get(pathId(context));
    if (!order) throw notFound();
    order.dispute_open = true;
    world.changed();
    return context.json({ id: order.id, dispute_open: true });
  });

  routes.post('/refunds/:id/settle', async (context) => {
    const refund = refunds.get(pathId(context));
    if (!refund) throw notFound();
    const { outcome } = await read(context.req.raw, settleBody);
    runSettle(world, { refund_id: refund.id, outcome });
    return context.json({ id: refund.id, status: refund.status });
  });

  routes.post('/grants/:id/connect', async (context) => {
    const grant = grants.get(pathId(context));
    if (!grant) throw notFound();
    const { properties } = await read(context.req.raw, connectBody);
    connectGrant(world, grant, { account_id: 'sim-account', ...properties });
    return context.json({ id: grant.id, is_granted: grant.is_granted });
  });

  routes.post('/customers/:id/card', async (context) => {
    const customer = customers.get(pathId(context));
    if (!customer) throw notFound();
    const { outcome } = await read(context.req.raw, cardBody);
    customer.card = { brand: 'visa', last4: outcome === 'pays' ? '4242' : '0341', outcome };
    world.touch(customer);
    return context.json({ id: customer.id, card: customer.card });
  });

  return routes;
}

/** No body means an empty one: these routes are called by hand. */
async function read<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
  const text = await request.text();
  let input: unknown;
  try {
    input = text === '' ? {} : JSON.parse(text);
  } catch {
    throw problem(422, 'RequestValidationError', 'The body is not JSON.');
  }
  return parseInput(schema, input, 'body');
}
