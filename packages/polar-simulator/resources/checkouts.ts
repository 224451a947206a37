/** `/v1/checkouts`: the seller's side, and the buyer's under `/client/{client_secret}` (facts §3). */

import type { Hono } from 'hono';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { notFound } from '../http/errors.ts';
import { readBody } from '../http/input.ts';
import { fields } from '../http/selection.ts';
import { emitCheckout } from '../life/checkouts.ts';
import {
  confirmCheckout,
  expiredCheckout,
  isExpired,
  notOpen,
  refuseUpdateOfSubscriber,
} from '../life/confirmation.ts';
import type { CheckoutRow } from '../state.ts';
import { checkoutPublicToWire, checkoutToWire } from '../wire/checkout.ts';
import type { World } from '../world.ts';
import { createCheckout } from './checkout-creation.ts';
import {
  changeCheckout,
  confirmBody,
  createCheckoutBody,
  updateCheckoutBody,
  updatePublicBody,
} from './checkout-input.ts';

export function checkoutRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { checkouts, customers } = world.tables;

  const { list, get, find } = collection({
    ownedBy: theOrganization,
    table: checkouts,
    filters: {
      ...fields('product_id', 'customer_id', 'status'),
      external_customer_id: (row) => customers.get(row.customer_id)?.external_id ?? row.external_customer_id,
    },
    search: (row) => [row.customer_email, row.customer_name],
    sorters: fields('created_at', 'expires_at', 'status'),
    toWire: (row) => checkoutToWire(world, row),
  });

  routes.get('/', list);

  routes.post('/', async (context) => {
    const body = await readBody(context, createCheckoutBody);
    const row = createCheckout(world, context.var.organization, body);
    return context.json(checkoutToWire(world, row), 201);
  });

  routes.get('/:id', get);

  routes.patch('/:id', async (context) => {
    const row = find(context);
    const body = await readBody(context, updateCheckoutBody);
    if (row.status !== 'open') throw notOpen();
    refuseUpdateOfSubscriber(world, row, body);
    changeCheckout(world, row, body);
    world.touch(row);
    emitCheckout(world, row, 'checkout.updated');
    return context.json(checkoutToWire(world, row));
  });

  return routes;
}

/** Without credentials: the secret in the path is the credential. */
export function checkoutClientRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();

  const find = (secret: string | undefined): CheckoutRow => {
    const row = world.tables.checkouts.by('secret', secret ?? '')[0];
    if (!row) throw notFound();
    if (isExpired(world, row)) throw expiredCheckout();
    return row;
  };

  routes.get('/:secret', (context) =>
    context.json(checkoutPublicToWire(world, find(context.req.param('secret')))),
  );

  routes.patch('/:secret', async (context) => {
    const row = find(context.req.param('secret'));
    const body = await readBody(context, updatePublicBody);
    if (row.status !== 'open') throw notOpen();
    refuseUpdateOfSubscriber(world, row, body);
    changeCheckout(world, row, body);
    world.touch(row);
    emitCheckout(world, row, 'checkout.updated');
    return context.json(checkoutPublicToWire(world, row));
  });

  routes.post('/:secret/confirm', async (context) => {
    const row = find(context.req.param('secret'));
    const { confirmation_token_id, ...change } = await readBody(context, confirmBody);
    const { customerSessionToken } = confirmCheckout(world, row, change, confirmation_token_id);
    return context.json({
      ...checkoutPublicToWire(world, row),
      customer_session_token: customerSessionToken,
    });
  });

  return routes;
}
