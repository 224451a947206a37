/** Off-session orders: drafted, then charged to the card on file (facts §1.13). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { finder, theOrganization } from '../http/collection.ts';
import { invalid, notFound, problem } from '../http/errors.ts';
import { currencyField, customFieldDataField, metadataField, readBody, uuidField } from '../http/input.ts';
import { findCustomer } from '../life/customers.ts';
import { purchaseOfOrder, scheduleGrants } from '../life/grants.ts';
import { createOrder, emitOrder, nextInvoiceNumber, payOrder, recordPayment } from '../life/orders.ts';
import { taxOn } from '../life/pricing.ts';
import { dueAmount, orderToWire } from '../wire/order.ts';
import { pricesOf } from '../wire/product.ts';
import type { World } from '../world.ts';

const createBody = z.object({
  customer_id: uuidField,
  product_id: uuidField,
  currency: currencyField.nullish(),
  amount: z.number().int().min(0).nullish(),
  description: z.string().max(500).nullish(),
  metadata: metadataField.default({}),
  custom_field_data: customFieldDataField.default({}),
});

const finalizeBody = z.object({ payment_method_id: uuidField.nullish() });

export function orderDraftRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { orders, customers, products } = world.tables;
  const find = finder({ ownedBy: theOrganization, table: orders });

  routes.post('/', async (context) => {
    const { organization } = context.var;
    const body = await readBody(context, createBody);
    const customer = findCustomer(world, organization.id, body);
    if (!customer) throw invalid(['body', 'customer_id'], 'Customer does not exist.', body.customer_id);
    const product = products.getIn('organization', organization.id, body.product_id);
    const refuse = (msg: string) => invalid(['body', 'product_id'], msg, body.product_id);
    if (!product) throw refuse('Product does not exist.');
    if (product.is_archived) throw refuse('Product is archived.');
    if (product.is_recurring) throw refuse('Product is recurring.');
    const currency = body.currency ?? organization.default_presentment_currency;
    const price = pricesOf(world, product).find((each) => each.price_currency === currency);
    if (!price) throw refuse('Product is not available in the specified currency.');
    const amount = body.amount ?? (price.amount_type === 'fixed' ? price.price_amount : null);
    if (amount === null) throw invalid(['body', 'amount'], 'Field required');
    const tax = customer.billing_address
      ? taxOn(amount, customer.billing_address, price.tax_behavior ?? organization.default_tax_behavior)
      : { amount: 0, inclusive: false };
    const order = createOrder(world, {
      customer,
      product,
      status: 'draft',
      billingReason: 'purchase',
      currency,
      items: [{ label: body.description ?? product.name, amount, priceId: price.id }],
      discountId: null,
      discountAmount: 0,
      taxAmount: tax.amount,
      taxInclusive: tax.inclusive,
      metadata: body.metadata,
      customFieldData: body.custom_field_data,
    });
    order.description = body.description ?? order.description;
    emitOrder(world, order, 'order.created');
    return context.json(orderToWire(world, order), 201);
  });

  routes.post('/:id/finalize', async (context) => {
    const order = find(context);
    const customer = customers.get(order.customer_id);
    const product = products.get(order.product_id);
    if (!customer || !product) throw notFound();
    await readBody(context, finalizeBody);
    if (order.status !== 'draft') throw problem(412, 'OrderNotDraft', 'Order is not a draft.');
    if (dueAmount(order) > 0) {
      const isPaid = customer.card?.outcome === 'pays';
      recordPayment(world, {
        status: isPaid ? 'succeeded' : 'failed',
        amount: dueAmount(order),
        currency: order.currency,
        trigger: 'purchase',
        organization_id: order.organization_id,
        customer_id: customer.id,
        orderId: order.id,
        card: customer.card,
      });
      // It stays a draft, and can be finalized again.
      if (!isPaid) throw problem(402, 'PaymentFailed', 'The payment failed.');
    }
    order.invoice_number = nextInvoiceNumber(world, customer);
    payOrder(world, order);
    scheduleGrants(world, product, purchaseOfOrder(world, order));
    return context.json(orderToWire(world, order));
  });

  return routes;
}
