import type { Benefit } from '../model/benefits.rules.ts';
import { type Catalog, emptyCatalog, type Product, productModel } from '../model/catalog.rules.ts';
import { CONTENT_ID, KEY, OWNER_PRESETS, type Metadata, type OwnerKeys } from '../model/metadata.rules.ts';
import { faultsOfPrices, type Price } from '../model/prices.rules.ts';
import type { Config } from './config.rules.ts';
import type { Fault } from './yaml-text.rules.ts';

/* What a configuration sells besides pages. */

type Plan = Config['plans'][string];

export const ownerKeysOf = ({ ownerKeys }: Pick<Config, 'ownerKeys'>): OwnerKeys =>
  typeof ownerKeys === 'string' ? OWNER_PRESETS[ownerKeys] : ownerKeys;

/** Metadata of everything that a catalogue makes. */
export function ownerMetadata(
  config: Pick<Config, 'product' | 'owner' | 'ownerKeys'>,
  key: string,
): Metadata {
  const keys = ownerKeysOf(config);
  return {
    [keys.product]: config.product,
    ...(config.owner === undefined ? {} : { [keys.owner]: config.owner }),
    [KEY]: key,
  };
}

export function catalogOfConfig(
  config: Config,
  file: string,
): { catalog: Catalog; faults: Omit<Fault, 'line'>[] } {
  const faults: Omit<Fault, 'line'>[] = [];
  const owned = (key: string, metadata: Metadata) => ({ ...metadata, ...ownerMetadata(config, key) });
  const benefits = Object.entries(config.benefits).map(([name, benefit]) => {
    const key = `benefit:${name}`;
    const { content_id, visibility, metadata, ...rest } = benefit;
    const opens = content_id === undefined ? {} : { [CONTENT_ID]: content_id };
    const shown = visibility ?? (rest.type === 'feature_flag' ? 'private' : 'public');
    return { key, ...rest, visibility: shown, metadata: owned(key, { ...metadata, ...opens }) } as Benefit;
  });
  const products = Object.entries(config.plans).map(([name, plan]) => {
    const product = productOfPlan(config, name, plan);
    for (const message of faultsOfPrices(product.prices, product.recurring_interval !== null))
      faults.push({ file, field: `plans.${name}.price`, message });
    for (const benefit of plan.benefits)
      if (!(benefit in config.benefits))
        faults.push({ file, field: `plans.${name}.benefits`, message: `there is no benefit "${benefit}"` });
    return product;
  });
  const catalog: Catalog = {
    ...emptyCatalog(),
    meters: Object.entries(config.meters).map(([name, meter]) => {
      const key = `meter:${name}`;
      return { ...meter, key, metadata: owned(key, meter.metadata) };
    }),
    fields: Object.entries(config.fields).map(([name, field]) => {
      const key = `field:${name}`;
      return { ...field, key, slug: `${config.product}-${name}`, metadata: owned(key, field.metadata) };
    }),
    discounts: Object.entries(config.discounts).map(([name, discount]) => {
      const key = `discount:${name}`;
      return { ...discount, key, metadata: owned(key, discount.metadata) };
    }),
    benefits,
    products,
  };
  return { catalog, faults };
}

function productOfPlan(config: Config, name: string, plan: Plan): Product {
  const { price, every, trial, benefits, metadata = {}, ...rest } = plan;
  const key = `plan:${name}`;
  const interval = readTimes(every);
  const free = readTimes(trial);
  return productModel.parse({
    ...rest,
    key,
    name: `${config.product}:${name}`,
    recurring_interval: interval?.unit ?? null,
    recurring_interval_count: interval?.count ?? null,
    trial_interval: free?.unit ?? null,
    trial_interval_count: free?.count ?? null,
    prices: (Array.isArray(price) ? price : [price]).flatMap((each) => pricesOf(each, config.currency)),
    benefits: benefits.map((each) => `benefit:${each}`),
    metadata: { ...metadata, ...ownerMetadata(config, key) },
  });
}

/** `700`, `{ usd: 700, eur: 650 }`, or a price as Polar has it. */
function pricesOf(short: number | Price | Record<string, number>, currency: string): Price[] {
  if (typeof short === 'number') return [fixed(short, currency)];
  if ('amount_type' in short) return [short as Price];
  return Object.entries(short).map(([each, amount]) => fixed(amount, each));
}

export const fixed = (amount: number, currency: string): Price => ({
  amount_type: 'fixed',
  price_amount: amount,
  price_currency: currency,
  tax_behavior: null,
});

/** `month`, `3 months`, `14 days`. */
function readTimes(text: string | undefined): { unit: string; count: number } | undefined {
  const match = /^(?:(\d+) )?(day|week|month|year)s?$/.exec(text ?? '');
  return match?.[2] === undefined ? undefined : { unit: match[2], count: Number(match[1] ?? 1) };
}
