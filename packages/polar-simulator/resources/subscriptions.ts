/** `/v1/subscriptions` (facts §1.3, §1.6–1.8, §4.2). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { invalid } from '../http/errors.ts';
import { metadataField, queryOf, readBody, uuidField } from '../http/input.ts';
import { fields } from '../http/selection.ts';
import { findCustomer } from '../life/customers.ts';
import { purchaseOfSubscription, scheduleGrants } from '../life/grants.ts';
import { alreadyCanceled } from '../life/proration.ts';
import { createSubscription, emitSubscription, revokeSubscription } from '../life/subscriptions.ts';
import { pricesOf } from '../wire/product.ts';
import { subscriptionToWire } from '../wire/subscription.ts';
import type { World } from '../world.ts';
import { exportSubscriptions } from './exports.ts';
import { changeSubscription } from './subscription-changes.ts';
import { shapeOf } from './subscription-shapes.ts';

const createBody = z
  .object({
    product_id: uuidField,
    customer_id: uuidField.optional(),
    external_customer_id: z.string().optional(),
    metadata: metadataField.default({}),
  })
  .refine((body) => body.customer_id ?? body.external_customer_id, {
    path: ['customer_id'],
    error: 'Field required',
  });

export function subscriptionRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { subscriptions, customers, products, discounts } = world.tables;

  const { list, get, find } = collection({
    ownedBy: theOrganization,
    table: subscriptions,
    filters: {
      ...fields('product_id', 'customer_id', 'discount_id', 'status'),
      ...fields('customer_cancellation_reason', 'cancel_at_period_end'),
      external_customer_id: (row) => customers.get(row.customer_id)?.external_id,
      active: (row) => row.status === 'active' || row.status === 'trialing',
    },
    ranges: { canceled_at: (row) => row.canceled_at, started: (row) => row.started_at },
    metadata: (row) => row.metadata,
    sorters: {
      ...fields('status', 'started_at', 'current_period_end', 'ended_at', 'ends_at', 'amount'),
      customer: (row) => customers.get(row.customer_id)?.name,
      product: (row) => products.get(row.product_id)?.name,
      discount: (row) => discounts.get(row.discount_id)?.name,
    },
    defaultSort: '-started_at',
    toWire: (row) => subscriptionToWire(world, row),
  });

  routes.get('/', list);

  /** Takes free products only: without a checkout there is no order. */
  routes.post('/', async (context) => {
    const { organization } = context.var;
    const body = await readBody(context, createBody);
    const product = products.getIn('organization', organization.id, body.product_id);
    const refuse = (msg: string) => invalid(['body', 'product_id'], msg, body.product_id);
    if (!product) throw refuse('Product does not exist.');
    if (!product.is_recurring) throw refuse('Product is not a recurring product.');
    if (product.is_archived) throw refuse('Product is archived.');
    const currency = organization.default_presentment_currency;
    const prices = pricesOf(world, product).filter((price) => price.price_currency === currency);
    if (prices.some((price) => price.amount_type !== 'fixed' || price.price_amount > 0)) {
      throw refuse(
        'Product is not free. The customer should go through a checkout to create a paid subscription.',
      );
    }
    const customer = findCustomer(world, organization.id, body);
    if (!customer) {
      const field = body.customer_id ? 'customer_id' : 'external_customer_id';
      throw invalid(['body', field], 'Customer does not exist.', body[field]);
    }
    const row = createSubscription(world, {
      customer,
      product,
      prices,
      currency,
      seats: null,
      customAmount: null,
      discountId: null,
      checkoutId: null,
      trial: null,
      metadata: body.metadata,
      customFieldData: {},
    });
    emitSubscription(world, row, 'subscription.created', 'subscription.active', 'subscription.updated');
    scheduleGrants(world, product, purchaseOfSubscription(world, row));
    return context.json(subscriptionToWire(world, row), 201);
  });

  routes.get('/export', (context) => exportSubscriptions(world, context.var.organization, queryOf(context)));

  routes.get('/:id', get);

  routes.patch('/:id', async (context) => {
    const row = find(context);
    const input: unknown = await context.req.raw
      .clone()
      .json()
      .catch(() => null);
    changeSubscription(world, row, await readBody(context, shapeOf(input)));
    return context.json(subscriptionToWire(world, row));
  });

  routes.delete('/:id', (context) => {
    const row = find(context);
    if (row.status === 'canceled') throw alreadyCanceled();
    revokeSubscription(world, row);
    return context.json(subscriptionToWire(world, row));
  });

  return routes;
}
