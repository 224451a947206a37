import { readProductName } from '../../../kit/product-owners.ts';
import type { Benefit } from '../model/benefits.rules.ts';
import { type Catalog, type Kind, type Product, productModel } from '../model/catalog.rules.ts';
import { CONTENT_ID, KEY, OWNER_PRESETS, type Metadata, type OwnerKeys } from '../model/metadata.rules.ts';
import { faultsOfPrices, type Price } from '../model/prices.rules.ts';
import { faultsOfDiscount, faultsOfPlan } from './config-faults.rules.ts';
import { type Around, keyOf, readReferences } from './config-references.rules.ts';
import type { Config } from './config.rules.ts';
import { faultsOfOpens } from './opens.rules.ts';
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

/** Which of the product's plans a product is, by its name. */
export function planMetadata(config: Pick<Config, 'ownerKeys'>, { name }: Pick<Product, 'name'>): Metadata {
  const plan = readProductName(name)?.plan;
  return plan === undefined ? {} : { [ownerKeysOf(config).plan]: plan };
}

/** `around`: what it may refer to that does not stand in it. */
export function catalogOfConfig(
  config: Config,
  file: string,
  around: Around = { files: new Map(), pages: new Set() },
): { catalog: Catalog; faults: Omit<Fault, 'line'>[] } {
  const { faults, refer, referToFile } = readReferences(config, file, around);
  const owned = (key: string, metadata: Metadata = {}) => ({ ...metadata, ...ownerMetadata(config, key) });
  const each = <E extends { key?: string | undefined }, R>(
    kind: Exclude<Kind, 'files'>,
    entries: Readonly<Record<string, E>>,
    read: (entry: E, key: string, name: string) => R,
  ): R[] => Object.entries(entries).map(([name, entry]) => read(entry, keyOf(kind, name, entry), name));

  const checkOpens = (said: Metadata[string] | undefined, field: string) => {
    for (const message of faultsOfOpens(said)) faults.push({ file, field, message });
  };

  const benefits = each('benefits', config.benefits, (benefit, key, name): Benefit => {
    const { content_id, visibility, metadata, ...rest } = benefit;
    checkOpens(content_id, `benefits.${name}.${CONTENT_ID}`);
    if (content_id === undefined) checkOpens(metadata[CONTENT_ID], `benefits.${name}.metadata.${CONTENT_ID}`);
    const opens = content_id === undefined ? {} : { [CONTENT_ID]: content_id };
    const shown = visibility ?? (rest.type === 'feature_flag' ? 'private' : 'public');
    const at = (field: string, i?: number) =>
      ['benefits', name, field, ...(i === undefined ? [] : [i])].join('.');
    const properties = { ...rest.properties } as Record<string, unknown>;
    if ('files' in rest.properties)
      properties['files'] = rest.properties.files.map((one, i) =>
        referToFile('downloadable', one, at('files', i)),
      );
    if ('meter' in rest.properties) properties['meter'] = refer('meters', rest.properties.meter, at('meter'));
    return {
      ...rest,
      key,
      properties,
      visibility: shown,
      metadata: owned(key, { ...metadata, ...opens }),
    } as Benefit;
  });
  const products = each('products', config.plans, (plan, key, name) => {
    const at = (...fields: (string | number)[]) => ['plans', name, ...fields].join('.');
    faults.push(...faultsOfPlan(name, plan).map((fault) => ({ file, ...fault })));
    checkOpens(plan.metadata?.[CONTENT_ID], at('metadata', CONTENT_ID));
    const { data: product, error } = productOfPlan(config, name, plan);
    for (const { path, message } of error?.issues ?? []) {
      const [field = ''] = path.map(String);
      faults.push({ file, field: at(FIELDS_OF_PLAN[field] ?? field), message });
    }
    if (!product) return [];
    for (const message of faultsOfPrices(product.prices, product.recurring_interval !== null))
      faults.push({ file, field: at('price'), message });
    const whole: Product = {
      ...product,
      key,
      prices: product.prices.map((price) =>
        price.amount_type === 'metered_unit'
          ? { ...price, meter: refer('meters', price.meter, at('price')) }
          : price,
      ),
      benefits: plan.benefits.map((one, i) => refer('benefits', one, at('benefits', i))),
      medias: plan.medias.map((one, i) => referToFile('product_media', one, at('medias', i))),
      fields: plan.fields.map((one, i) => ({ ...one, field: refer('fields', one.field, at('fields', i)) })),
      // Several products may be one plan: what the plan says itself counts.
      metadata: owned(key, { ...planMetadata(config, product), ...plan.metadata }),
    };
    return [whole];
  });
  const catalog: Catalog = {
    meters: each('meters', config.meters, (meter, key) => ({
      ...meter,
      key,
      metadata: owned(key, meter.metadata),
    })),
    files: [...new Map([...around.files.values()].map((one) => [one.key, one])).values()],
    fields: each('fields', config.fields, (field, key, name) => {
      const slug = field.slug ?? `${config.product}-${name}`;
      return { ...field, key, slug, metadata: owned(key, field.metadata) };
    }),
    discounts: each('discounts', config.discounts, (discount, key, name) => {
      faults.push(...faultsOfDiscount(name, discount).map((fault) => ({ file, ...fault })));
      const products = discount.products?.map((one, i) =>
        refer('products', one, `discounts.${name}.products.${i}`),
      );
      return { ...discount, key, products: products ?? null, metadata: owned(key, discount.metadata) };
    }),
    benefits,
    products: products.flat(),
  };
  return { catalog, faults };
}

function productOfPlan(config: Config, name: string, plan: Plan) {
  const { price, every, usage_every, trial, benefits: _, medias: _medias, fields: _fields, ...rest } = plan;
  const interval = readTimes(every);
  const usage = readTimes(usage_every);
  const free = readTimes(trial);
  return productModel.safeParse({
    ...rest,
    key: name,
    name: plan.name ?? `${config.product}:${name}`,
    recurring_interval: interval?.unit ?? null,
    recurring_interval_count: interval?.count ?? null,
    meter_interval: usage?.unit ?? null,
    meter_interval_count: usage?.count ?? null,
    trial_interval: free?.unit ?? null,
    trial_interval_count: free?.count ?? null,
    prices: (Array.isArray(price) ? price : [price]).flatMap((one) => pricesOf(one, config.currency)),
  });
}

/** What fields of a product are called in a plan. */
const FIELDS_OF_PLAN: Readonly<Record<string, string>> = {
  recurring_interval_count: 'every',
  trial_interval_count: 'trial',
  meter_interval_count: 'usage_every',
  prices: 'price',
};

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
