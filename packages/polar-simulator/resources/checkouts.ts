/** `/v1/checkouts`: the seller's side, and the buyer's under `/client/{client_secret}` (facts §3). */

import type { Hono } from 'hono';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { notFound } from '../http/errors.ts';
import { pathId, queryOf, readBody } from '../http/input.ts';
import { listPage, matches, matchesText } from '../http/lists.ts';
import { emitCheckout } from '../life/checkouts.ts';
import { confirmCheckout, expiredCheckout, isExpired, notOpen } from '../life/confirmation.ts';
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
  const { checkouts } = world.tables;

  const find = (id: string, organizationId: string): CheckoutRow => {
    const row = checkouts.get(id);
    if (row?.organization_id !== organizationId) throw notFound();
    return row;
  };

  routes.get('/', (context) => {
    const query = queryOf(context);
    const rows = checkouts.by('organization', context.var.organization.id).filter((row) => {
      const customer = world.tables.customers.get(row.customer_id);
      return (
        matches(query, 'product_id', row.product_id) &&
        matches(query, 'customer_id', row.customer_id) &&
        matches(query, 'external_customer_id', customer?.external_id ?? row.external_customer_id) &&
        matches(query, 'status', row.status) &&
        matchesText(query, row.customer_email, row.customer_name)
      );
    });
    return context.json(
      listPage({
        rows,
        query,
        sorters: {
          created_at: (row) => row.created_at,
          expires_at: (row) => row.expires_at,
          status: (row) => row.status,
        },
        defaultSort: '-created_at',
        toWire: (row) => checkoutToWire(world, row),
      }),
    );
  });

  routes.post('/', async (context) => {
    const body = await readBody(context, createCheckoutBody);
    const row = createCheckout(world, context.var.organization, body);
    return context.json(checkoutToWire(world, row), 201);
  });

  routes.get('/:id', (context) =>
    context.json(checkoutToWire(world, find(pathId(context), context.var.organization.id))),
  );

  routes.patch('/:id', async (context) => {
    const row = find(pathId(context), context.var.organization.id);
    const body = await readBody(context, updateCheckoutBody);
    if (row.status !== 'open') throw notOpen();
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
