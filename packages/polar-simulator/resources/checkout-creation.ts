/** A checkout begins: which products, which prices, whose subscription (facts §3). */

import type * as z from 'zod';
import { type PolarProblem, invalid } from '../http/errors.ts';
import { emitCheckout, scheduleExpiry } from '../life/checkouts.ts';
import { priceCheckout } from '../life/pricing.ts';
import { token } from '../random.ts';
import type { CheckoutRow, OrganizationRow } from '../state.ts';
import { DAY_MS, isoFromMs } from '../time.ts';
import type { World } from '../world.ts';
import { changeCheckout, type createCheckoutBody, prefillCustomer } from './checkout-input.ts';
import { createPrices } from './prices.ts';

export function createCheckout(
  world: World,
  organization: OrganizationRow,
  body: z.output<typeof createCheckoutBody>,
  /** What a checkout link adds before anybody hears of the checkout. */
  prefill: (row: CheckoutRow) => void = () => undefined,
): CheckoutRow {
  const { product_ids, priceId } = productsOf(world, organization, body);
  const id = world.id();
  const first = world.tables.products.get(product_ids[0]);
  const created_at = world.stamp();
  const row: CheckoutRow = {
    id,
    created_at,
    modified_at: null,
    custom_field_data: {},
    payment_processor: 'stripe',
    status: 'open',
    client_secret: token(world.random, 'polar_c_'),
    expires_at: isoFromMs(world.now() + DAY_MS),
    success_url: '',
    return_url: null,
    embed_origin: null,
    amount: 0,
    seats: null,
    min_seats: body.min_seats ?? null,
    max_seats: body.max_seats ?? null,
    units: null,
    min_units: body.min_units ?? null,
    max_units: body.max_units ?? null,
    discount_amount: 0,
    net_amount: 0,
    tax_amount: null,
    tax_behavior: null,
    total_amount: 0,
    currency: body.currency ?? organization.default_presentment_currency,
    allow_trial: body.allow_trial ?? true,
    active_trial_interval: null,
    active_trial_interval_count: null,
    trial_end: null,
    organization_id: organization.id,
    product_id: first?.id ?? null,
    product_price_id: priceId,
    discount_id: null,
    allow_discount_codes: body.allow_discount_codes ?? true,
    require_billing_address: body.require_billing_address ?? false,
    is_discount_applicable: true,
    is_free_product_price: false,
    is_payment_required: false,
    is_payment_setup_required: false,
    is_payment_form_required: false,
    customer_id: null,
    is_business_customer: false,
    customer_name: null,
    customer_email: null,
    customer_ip_address: null,
    customer_billing_name: null,
    customer_billing_address: null,
    customer_tax_id: null,
    locale: null,
    payment_method_type: null,
    payment_processor_metadata: {},
    billing_address_fields: {
      country: 'required',
      state: 'optional',
      city: body.require_billing_address ? 'required' : 'optional',
      postal_code: body.require_billing_address ? 'required' : 'optional',
      line1: body.require_billing_address ? 'required' : 'optional',
      line2: 'optional',
    },
    trial_interval: null,
    trial_interval_count: null,
    metadata: {},
    external_customer_id: body.external_customer_id ?? body.customer_external_id ?? null,
    subscription_id: body.subscription_id ?? null,
    customer_metadata: {},
    product_ids,
    ad_hoc_price_ids: {},
    customer_is_given: false,
    order_id: null,
    last_error: null,
  };
  checkSubscription(world, row);
  addAdHocPrices(world, organization, row, body.prices);
  checkCurrency(world, row);
  prefillCustomer(world, row, body.customer_id ?? null);
  priceCheckout(world, row, null);
  const { product_id: _1, product_price_id: _2, currency: _3, ...change } = body;
  changeCheckout(world, row, change);
  prefill(row);
  world.tables.checkouts.insert(row);
  scheduleExpiry(world, row);
  emitCheckout(world, row, 'checkout.created');
  return row;
}

function productsOf(
  world: World,
  organization: OrganizationRow,
  body: z.output<typeof createCheckoutBody>,
): { product_ids: string[]; priceId: string | null } {
  const price = world.tables.prices.get(body.product_price_id);
  if (body.product_price_id && price?.organization_id !== organization.id) {
    throw invalid(['body', 'product_price_id'], 'Price does not exist.', body.product_price_id);
  }
  const wanted = body.products ?? [body.product_id ?? price?.product_id ?? ''];
  const locate = (index: number) => (body.products ? ['body', 'products', index] : ['body', 'product_id']);
  wanted.forEach((id, index) => {
    const refuse = (words: string): PolarProblem => invalid(locate(index), `Product ${words}.`, id);
    const product = world.tables.products.getIn('organization', organization.id, id);
    if (!product) throw refuse('does not exist');
    if (product.is_archived) throw refuse('is archived');
    if (product.visibility === 'draft') throw refuse('is a draft');
  });
  if (new Set(wanted).size < wanted.length)
    throw invalid(['body', 'products'], 'Products must be unique.', wanted);
  return { product_ids: wanted, priceId: price?.id ?? null };
}

function addAdHocPrices(
  world: World,
  organization: OrganizationRow,
  row: CheckoutRow,
  prices: z.output<typeof createCheckoutBody>['prices'],
): void {
  for (const [productId, list] of Object.entries(prices ?? {})) {
    const product = world.tables.products.get(productId);
    if (!product || !row.product_ids.includes(productId)) {
      throw invalid(['body', 'prices', productId], 'Product is not part of this checkout.', productId);
    }
    const created = createPrices(world, organization, {
      productId,
      isRecurring: product.is_recurring,
      prices: list,
      checkoutId: row.id,
      loc: ['body', 'prices', productId],
    });
    row.ad_hoc_price_ids[productId] = created.map((price) => price.id);
  }
}

function checkCurrency(world: World, row: CheckoutRow): void {
  row.product_ids.forEach((id, index) => {
    const ids = row.ad_hoc_price_ids[id] ?? world.tables.products.get(id)?.price_ids ?? [];
    const isOffered = ids.some((priceId) => {
      const price = world.tables.prices.get(priceId);
      return price && !price.is_archived && price.price_currency === row.currency;
    });
    if (!isOffered) {
      throw invalid(['body', 'products', index], 'Product is not available in the specified currency.', id);
    }
  });
}

/** Only a free subscription can be upgraded through a checkout. */
function checkSubscription(world: World, row: CheckoutRow): void {
  if (!row.subscription_id) return;
  const { organization_id } = row;
  const subscription = world.tables.subscriptions.getIn('organization', organization_id, row.subscription_id);
  if (!subscription || subscription.status === 'canceled') {
    throw invalid(['body', 'subscription_id'], 'Subscription does not exist.', row.subscription_id);
  }
  if (subscription.amount > 0) {
    throw invalid(
      ['body', 'subscription_id'],
      'Only free subscriptions can be upgraded.',
      row.subscription_id,
    );
  }
  row.customer_id = subscription.customer_id;
  row.customer_is_given = true;
  row.customer_email = world.tables.customers.get(subscription.customer_id)?.email ?? null;
}
