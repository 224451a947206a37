/** What a seller or a buyer may say about a checkout, and putting it into the row (facts §3). */

import * as z from 'zod';
import { invalid, invalidAll } from '../http/errors.ts';
import {
  addressField,
  currencyField,
  customFieldDataField,
  emailField,
  metadataField,
  urlField,
  uuidField,
} from '../http/input.ts';
import { findCustomer } from '../life/customers.ts';
import { isUsable, priceCheckout, pricesFor } from '../life/pricing.ts';
import { problemWith } from '../life/custom-fields.ts';
import { readTaxId } from '../life/tax-ids.ts';
import type { CheckoutRow, CustomFieldData, DiscountRow, PriceRow } from '../state.ts';
import type { World } from '../world.ts';
import { maximumAmount, minimumAmount, priceField } from './prices.ts';

const seats = z.number().int().min(1).max(10_000);
const units = z.number().int().min(1);
const interval = z.enum(['day', 'week', 'month', 'year']);

/** What both the seller and the buyer may set at any time before confirmation. */
const buyerFields = {
  custom_field_data: customFieldDataField.nullish(),
  product_id: uuidField.nullish(),
  product_price_id: uuidField.nullish(),
  amount: z.number().int().min(0).nullish(),
  seats: seats.nullish(),
  units: units.nullish(),
  is_business_customer: z.boolean().nullish(),
  customer_name: z.string().max(256).nullish(),
  customer_email: emailField.nullish(),
  customer_billing_name: z.string().nullish(),
  customer_billing_address: addressField.nullish(),
  customer_tax_id: z.string().nullish(),
  locale: z.string().nullish(),
};

const sellerFields = {
  trial_interval: interval.nullish(),
  trial_interval_count: z.number().int().min(1).max(1000).nullish(),
  metadata: metadataField.nullish(),
  currency: currencyField.nullish(),
  discount_id: uuidField.nullish(),
  allow_discount_codes: z.boolean().nullish(),
  require_billing_address: z.boolean().nullish(),
  allow_trial: z.boolean().nullish(),
  customer_ip_address: z.union([z.ipv4(), z.ipv6()]).nullish(),
  customer_metadata: metadataField.nullish(),
  success_url: urlField.nullish(),
  return_url: urlField.nullish(),
  embed_origin: z.string().nullish(),
};

export const createCheckoutBody = z
  .object({
    ...buyerFields,
    ...sellerFields,
    products: z.array(uuidField).min(1).optional(),
    prices: z.record(uuidField, z.array(priceField).min(1)).nullish(),
    min_seats: seats.nullish(),
    max_seats: seats.nullish(),
    min_units: units.nullish(),
    max_units: units.nullish(),
    customer_id: uuidField.nullish(),
    external_customer_id: z.string().nullish(),
    customer_external_id: z.string().nullish(),
    subscription_id: uuidField.nullish(),
  })
  .refine((body) => body.products ?? body.product_id ?? body.product_price_id, {
    path: ['products'],
    error: 'Field required',
  });

export const updateCheckoutBody = z.object({ ...buyerFields, ...sellerFields });

export const updatePublicBody = z.object({
  ...buyerFields,
  payment_method_type: z.string().nullish(),
  discount_code: z.string().nullish(),
  allow_trial: z.literal(false).nullish(),
});

export const confirmBody = updatePublicBody.extend({ confirmation_token_id: z.string().nullish() });

export type CheckoutChange = Partial<
  z.output<typeof updateCheckoutBody> & Omit<z.output<typeof updatePublicBody>, 'allow_trial'>
>;

/** Applies a change and prices the checkout anew. All checks come before the first write. */
export function changeCheckout(world: World, row: CheckoutRow, change: CheckoutChange): void {
  const next: CheckoutRow = { ...row };
  let customAmount = row.amount;
  if (change.product_id != null && change.product_id !== row.product_id) {
    if (!row.product_ids.includes(change.product_id)) {
      throw invalid(['body', 'product_id'], 'Product is not available in this checkout.', change.product_id);
    }
    next.product_id = change.product_id;
    next.discount_id = null;
    customAmount = Number.NaN;
  }
  if (change.currency != null) next.currency = change.currency;
  copyPlain(next, change);
  if (change.custom_field_data != null) {
    next.custom_field_data = checkFieldData(world, next, change.custom_field_data);
  }

  const prices = pricesFor(world, next);
  const custom = prices.find((price) => price.amount_type === 'custom');
  if (change.amount != null && custom) {
    checkAmount(change.amount, custom.minimum_amount, custom.maximum_amount ?? maximumAmount, row.currency);
    customAmount = change.amount;
  }
  const seatPrice = prices.find((price) => price.amount_type === 'seat_based');
  if (change.seats != null) {
    if (!seatPrice)
      throw invalid(['body', 'seats'], 'Seats can only be set on seat-based products.', change.seats);
    const least = row.min_seats ?? seatPrice.seat_tiers.minimum_seats;
    const most = row.max_seats ?? seatPrice.seat_tiers.maximum_seats;
    if (change.seats < least) throw invalid(['body', 'seats'], `Minimum seats: ${least}.`, change.seats);
    if (most != null && change.seats > most) {
      throw invalid(['body', 'seats'], `Maximum seats: ${most}.`, change.seats);
    }
    next.seats = change.seats;
  }
  if (change.units != null) next.units = checkUnits(prices, row, change.units);
  if (change.discount_id !== undefined) {
    next.discount_id =
      change.discount_id === null ? null : usable(world, next, 'discount_id', change.discount_id);
  }
  if (change.discount_code !== undefined && next.allow_discount_codes) {
    next.discount_id =
      change.discount_code === null || change.discount_code === ''
        ? null
        : usable(world, next, 'discount_code', change.discount_code);
  }
  priceCheckout(world, next, custom && !Number.isNaN(customAmount) ? customAmount : null);
  Object.assign(row, next);
}

function checkUnits(prices: readonly PriceRow[], row: CheckoutRow, wanted: number): number {
  const price = prices.find((each) => each.amount_type === 'unit_based');
  if (!price) throw invalid(['body', 'units'], 'Units can only be set on unit-based products.', wanted);
  const least = row.min_units ?? price.minimum_units ?? 1;
  const most = row.max_units ?? price.maximum_units;
  if (wanted < least) throw invalid(['body', 'units'], `Minimum units: ${least}.`, wanted);
  if (most != null && wanted > most) throw invalid(['body', 'units'], `Maximum units: ${most}.`, wanted);
  return wanted;
}

function copyPlain(next: CheckoutRow, change: CheckoutChange): void {
  if (change.is_business_customer != null) next.is_business_customer = change.is_business_customer;
  if (change.customer_name !== undefined) next.customer_name = change.customer_name;
  // A buyer whose identity the seller has set keeps that e-mail.
  if (change.customer_email !== undefined && !next.customer_id) next.customer_email = change.customer_email;
  if (change.customer_billing_name !== undefined) next.customer_billing_name = change.customer_billing_name;
  if (change.customer_billing_address !== undefined)
    next.customer_billing_address = change.customer_billing_address;
  if (change.customer_tax_id !== undefined) {
    next.customer_tax_id = readTaxId(change.customer_tax_id, next.customer_billing_address, 'customer_');
  }
  if (change.customer_ip_address !== undefined) next.customer_ip_address = change.customer_ip_address;
  if (change.locale !== undefined) next.locale = change.locale;
  if (change.trial_interval !== undefined) next.trial_interval = change.trial_interval;
  if (change.trial_interval_count !== undefined) next.trial_interval_count = change.trial_interval_count;
  if (change.metadata != null) next.metadata = change.metadata;
  if (change.customer_metadata != null) {
    next.customer_metadata = { ...next.customer_metadata, ...change.customer_metadata };
  }
  if (change.allow_discount_codes != null) next.allow_discount_codes = change.allow_discount_codes;
  if (change.require_billing_address != null) next.require_billing_address = change.require_billing_address;
  if (change.allow_trial != null) next.allow_trial = change.allow_trial;
  if (change.success_url !== undefined) next.success_url = change.success_url ?? '';
  if (change.return_url !== undefined) next.return_url = change.return_url;
  if (change.embed_origin !== undefined) next.embed_origin = change.embed_origin;
}

function checkAmount(amount: number, least: number, most: number, currency: string): void {
  const floor = least === 0 && amount === 0 ? 0 : Math.max(least, minimumAmount(currency));
  if (amount < floor) {
    throw invalidAll([
      {
        type: 'greater_than_equal',
        loc: ['body', 'amount'],
        msg: `Amount is below minimum. Minimum amount is ${floor}.`,
        input: amount,
      },
    ]);
  }
  if (amount > most) {
    throw invalidAll([
      {
        type: 'less_than_equal',
        loc: ['body', 'amount'],
        msg: `Amount is above maximum. Maximum amount is ${most}.`,
        input: amount,
      },
    ]);
  }
}

function usable(
  world: World,
  row: CheckoutRow,
  field: 'discount_id' | 'discount_code',
  value: string,
): string {
  const { discounts } = world.tables;
  const discount: DiscountRow | undefined =
    field === 'discount_id'
      ? discounts.getIn('organization', row.organization_id, value)
      : discounts.by('code', `${row.organization_id} ${value.trim().toLowerCase()}`)[0];
  const use = { productId: row.product_id ?? '', currency: row.currency };
  if (!discount || !isUsable(world, discount, use)) {
    throw invalid(['body', field], 'Discount does not exist.', value);
  }
  return discount.id;
}

/** Only what the product asks for is kept, and it must fit the field. */
function checkFieldData(world: World, row: CheckoutRow, data: CustomFieldData): CustomFieldData {
  const kept: CustomFieldData = {};
  for (const { custom_field_id } of world.tables.products.get(row.product_id)?.attached_fields ?? []) {
    const field = world.tables.customFields.get(custom_field_id);
    const value = field && data[field.slug];
    if (!field || value === undefined) continue;
    const problem = value === null ? null : problemWith(field, value);
    if (problem) throw invalid(['body', 'custom_field_data', field.slug], problem, value);
    kept[field.slug] = value;
  }
  return kept;
}

/** An external id that names someone prefills that customer; so does a given `customer_id`. */
export function prefillCustomer(world: World, row: CheckoutRow, customerId: string | null): void {
  const { organization_id, external_customer_id } = row;
  const known = findCustomer(world, organization_id, { customer_id: customerId, external_customer_id });
  if (customerId !== null && !known) {
    throw invalid(['body', 'customer_id'], 'Customer does not exist.', customerId);
  }
  if (!known) return;
  row.customer_id = known.id;
  row.customer_is_given = true;
  row.customer_email = known.email ?? null;
  row.customer_name ??= known.name;
  row.customer_billing_name ??= known.billing_name;
  row.customer_billing_address ??= known.billing_address;
}
