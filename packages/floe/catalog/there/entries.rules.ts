import type { Benefit } from '../model/benefits.rules.ts';
import {
  type CatalogFile,
  type CustomField,
  type Discount,
  type Kind,
  type Meter,
  plainMoment,
  type Product,
} from '../model/catalog.rules.ts';
import { type Price, plainDecimal } from '../model/prices.rules.ts';
import type { Wire } from './polar-objects.rules.ts';

/* What Polar says is of the shape that the model has, or the difference shows it: so what is read here is not checked once more. */

type Taken<K extends Kind> = { key: string; object: Wire[K][number] };
type KeyById = (id: string) => string;

export const meterOf = ({ key, object }: Taken<'meters'>): Meter =>
  ({
    key,
    ...pick(object, [
      'name',
      'unit',
      'custom_label',
      'custom_multiplier',
      'filter',
      'aggregation',
      'metadata',
    ]),
  }) as Meter;

export const fieldOf = ({ key, object }: Taken<'fields'>): CustomField =>
  ({ key, ...pick(object, ['slug', 'name', 'type', 'properties', 'metadata']) }) as CustomField;

export const fileOf = ({ key, object }: Taken<'files'>): CatalogFile =>
  ({
    key,
    ...pick(object, ['name', 'service', 'mime_type', 'size', 'checksum_sha256_base64', 'version']),
  }) as CatalogFile;

export function benefitOf({ key, object }: Taken<'benefits'>, keyById: KeyById): Benefit {
  const { files, meter_id, archived: _, guild_id: _guild, ...rest } = object.properties;
  const properties = {
    ...rest,
    ...(Array.isArray(files) ? { files: files.map((id) => keyById(String(id))) } : {}),
    ...(typeof meter_id === 'string' ? { meter: keyById(meter_id) } : {}),
  };
  const { type, description, visibility = 'public', metadata } = object;
  return { key, type, description, visibility, properties, metadata } as Benefit;
}

export function productOf({ key, object }: Taken<'products'>, keyById: KeyById): Product {
  return {
    key,
    ...pick(object, ['name', 'description', 'visibility', 'recurring_interval', 'metadata']),
    // One unless it is said.
    recurring_interval_count:
      object.recurring_interval === null ? null : (object.recurring_interval_count ?? 1),
    meter_interval: object.meter_interval ?? null,
    meter_interval_count: object.meter_interval == null ? null : (object.meter_interval_count ?? 1),
    trial_interval: object.trial_interval ?? null,
    trial_interval_count: object.trial_interval_count ?? null,
    prices: object.prices.map((each) => priceOf(each, keyById)),
    benefits: object.benefits.map(({ id }) => keyById(id)),
    medias: object.medias.map(({ id }) => keyById(id)),
    fields: object.attached_custom_fields.map((each) => ({
      field: keyById(each.custom_field_id),
      required: each.required,
    })),
  } as Product;
}

function priceOf(wire: Wire['products'][number]['prices'][number], keyById: KeyById): Price {
  const common = {
    amount_type: wire.amount_type,
    price_currency: wire.price_currency,
    tax_behavior: wire['tax_behavior'] ?? null,
  };
  switch (wire.amount_type) {
    case 'free':
      return { ...common, amount_type: 'fixed', price_amount: 0 } as Price;
    case 'fixed':
      return { ...common, price_amount: wire['price_amount'] } as Price;
    case 'custom':
      return { ...common, ...pick(wire, ['minimum_amount', 'maximum_amount', 'preset_amount']) } as Price;
    case 'seat_based': {
      const { seat_tier_type, tiers } = Object(wire['seat_tiers']) as {
        seat_tier_type: string;
        tiers: object[];
      };
      const plain = tiers.map((each) => pick(each, ['min_seats', 'max_seats', 'price_per_seat']));
      return { ...common, seat_tiers: { seat_tier_type, tiers: plain } } as unknown as Price;
    }
    case 'metered_unit':
      return {
        ...common,
        meter: keyById(String(wire['meter_id'])),
        unit_amount: plainDecimal(String(wire['unit_amount'])),
        cap_amount: wire['cap_amount'] ?? null,
      } as Price;
    case 'unit_based': {
      const { type, tiers } = Object(wire['tiers']) as {
        type: string;
        tiers: { bound?: number | null; unit_amount: string | number }[];
      };
      const plain = tiers.map(({ bound, unit_amount }) => ({
        bound: bound ?? null,
        unit_amount: plainDecimal(String(unit_amount)),
      }));
      return {
        ...common,
        tiers: { type, tiers: plain },
        ...pick(wire, ['minimum_units', 'maximum_units']),
      } as unknown as Price;
    }
    default:
      // A kind of price that this version does not write. It differs from all that a source can say.
      return { ...common } as Price;
  }
}

export function discountOf({ key, object }: Taken<'discounts'>, keyById: KeyById): Discount {
  const isPercentage = object.type === 'percentage';
  return {
    key,
    ...pick(object, [
      'name',
      'code',
      'type',
      'duration',
      'max_redemptions',
      'max_redemptions_per_customer',
      'metadata',
    ]),
    starts_at: momentOf(object['starts_at']),
    ends_at: momentOf(object['ends_at']),
    duration_in_months: object['duration_in_months'] ?? null,
    basis_points: isPercentage ? object['basis_points'] : null,
    amounts: isPercentage ? null : object['amounts'],
    products: object.products.length === 0 ? null : object.products.map(({ id }) => keyById(id)),
  } as Discount;
}

const momentOf = (said: unknown) => (typeof said === 'string' ? plainMoment(said) : null);

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, (from as Record<string, unknown>)[name] ?? null]));
}
