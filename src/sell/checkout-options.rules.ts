import type { CheckoutInput } from '../base/polar-gateway.ts';
import type { FieldError } from '../base/problem.ts';

/*
 * What a checkout can be beside a product and a buyer. All of it is passed through to Polar and none of it is stored: an address
 * and a tax id are Polar's to keep.
 */

type AdHocPrices = NonNullable<CheckoutInput['prices']>;
type BillingAddress = NonNullable<CheckoutInput['customer_billing_address']>;

export interface CheckoutOptions {
  /** Products that the buyer may choose in place of the first one. */
  otherProductIds?: readonly string[] | undefined;
  /** Prices for this checkout alone, by product. */
  prices?: AdHocPrices | undefined;
  seats?: number | undefined;
  minSeats?: number | undefined;
  maxSeats?: number | undefined;
  units?: number | undefined;
  minUnits?: number | undefined;
  maxUnits?: number | undefined;
  /** In place of the product's own trial. */
  trial?: { interval: NonNullable<CheckoutInput['trial_interval']>; count: number } | undefined;
  /** False: no trial, whatever the product has. */
  allowTrial?: boolean | undefined;
  /** Answers to the product's own questions, by their slug. */
  customFieldData?: Readonly<Record<string, string | number | boolean>> | undefined;
  requireBillingAddress?: boolean | undefined;
  billing?:
    | {
        address?: BillingAddress | undefined;
        name?: string | undefined;
        taxId?: string | undefined;
        isBusiness?: boolean | undefined;
      }
    | undefined;
  /** ISO 4217, lower case. */
  currency?: string | undefined;
}

/** The fields of Polar's checkout that options are. What is not given is left to Polar. */
export function toPolarOptions(options: CheckoutOptions): Omit<CheckoutInput, 'products'> {
  const { trial, billing, currency } = options;
  return {
    ...given({
      prices: options.prices,
      seats: options.seats,
      min_seats: options.minSeats,
      max_seats: options.maxSeats,
      units: options.units,
      min_units: options.minUnits,
      max_units: options.maxUnits,
      trial_interval: trial?.interval,
      trial_interval_count: trial?.count,
      allow_trial: options.allowTrial,
      custom_field_data: options.customFieldData,
      require_billing_address: options.requireBillingAddress,
      customer_billing_address: billing?.address,
      customer_billing_name: billing?.name,
      customer_tax_id: billing?.taxId,
      is_business_customer: billing?.isBusiness,
    }),
    // Polar's own list says which there are, and its refusal names the field.
    ...(currency === undefined ? {} : { currency: currency as NonNullable<CheckoutInput['currency']> }),
  };
}

function given<T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}

/** What of the options contradicts itself, whatever the products are. Paths begin with `body`. */
export function contradictions(options: CheckoutOptions, productIds: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (path: string, message: string) => errors.push({ path: `body.${path}`, message });
  for (const id of Object.keys(options.prices ?? {})) {
    if (!productIds.includes(id)) refuse(`prices.${id}`, 'Must be a product of this checkout.');
  }
  for (const [name, least, count, most] of [
    ['seats', options.minSeats, options.seats, options.maxSeats],
    ['units', options.minUnits, options.units, options.maxUnits],
  ] as const) {
    if (least !== undefined && most !== undefined && least > most)
      refuse(`min_${name}`, `Must not be more than max_${name}.`);
    else if (count !== undefined && (count < (least ?? count) || count > (most ?? count)))
      refuse(name, `Must be from min_${name} to max_${name}.`);
  }
  if (options.trial && options.allowTrial === false)
    refuse('allow_trial', 'A trial is named: leave out allow_trial, or trial_interval.');
  return errors;
}

/** What is known of a product, as far as options depend on it. */
export interface OptionedProduct {
  isRecurring: boolean;
  /** Polar's prices; empty: not known. */
  prices: readonly unknown[];
  /** The slugs of its questions; undefined: not known. */
  questions: readonly string[] | undefined;
}

/**
 * What of the options fits none of the products, which Polar would ignore or refuse without a name. What is not known of a
 * product is left to Polar.
 */
export function unfitting(options: CheckoutOptions, products: readonly OptionedProduct[]): FieldError[] {
  const errors: FieldError[] = [];
  if (options.trial && products.every(({ isRecurring }) => !isRecurring)) {
    const message = 'No product of this checkout is a subscription: leave the trial out.';
    errors.push({ path: 'body.trial_interval', message });
  }
  const refusal = options.currency && refusalOfCurrency(products, options.currency);
  if (refusal) errors.push({ path: 'body.currency', message: refusal });
  const known = products.every(({ questions }) => questions !== undefined);
  const slugs = new Set(products.flatMap(({ questions }) => questions ?? []));
  for (const slug of Object.keys(options.customFieldData ?? {})) {
    if (known && !slugs.has(slug))
      errors.push({
        path: `body.custom_field_data.${slug}`,
        message:
          slugs.size === 0
            ? 'The product asks its buyers nothing: attach a custom field to it at Polar.'
            : `Must be one of the product’s custom fields: ${[...slugs].join(', ')}.`,
      });
  }
  return errors;
}

/** Polar wants every product of a checkout in its currency. */
function refusalOfCurrency(products: readonly OptionedProduct[], currency: string): string | undefined {
  for (const { prices } of products) {
    const offered = new Set(prices.flatMap(currencyOf));
    if (offered.size > 0 && !offered.has(currency))
      return `Must be a currency that the product has a price in: ${[...offered].join(', ')}.`;
  }
  return undefined;
}

function currencyOf(price: unknown): string[] {
  const { price_currency: currency, is_archived: isArchived }: Record<string, unknown> = Object(price);
  return typeof currency === 'string' && isArchived !== true ? [currency] : [];
}

/** The slugs of a product's questions (`attached_custom_fields`); undefined when they are not what Polar documents. */
export function readQuestions(attached: unknown): string[] | undefined {
  if (!Array.isArray(attached)) return undefined;
  const slugs = attached.map((each: unknown) => {
    const { custom_field: field }: { custom_field?: unknown } = Object(each);
    const { slug }: { slug?: unknown } = Object(field);
    return slug;
  });
  return slugs.every((slug) => typeof slug === 'string') ? slugs : undefined;
}
