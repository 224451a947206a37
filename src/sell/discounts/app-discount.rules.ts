import * as z from 'zod/mini';
import type { DiscountChange, DiscountInput } from '../../base/polar-gateway.ts';
import { once } from '../../base/once.rules.ts';
import { OWNER_KEYS } from '../../polar/product-names.rules.ts';
import { toMilliseconds } from '../../polar/versions.rules.ts';
import type { AppDiscountView } from './discounts.answers.ts';

/*
 * A discount as an app makes it. At Polar it is the organization's, so it always has a list of products, which are the app's, and
 * the app's mark (ADR 77, ADR 107).
 */

/** What an app says of a new discount. Times are milliseconds since 1970. */
export interface NewDiscount {
  name: string;
  code?: string | undefined;
  basisPoints?: number | undefined;
  /** Minor units by currency. */
  amounts?: Readonly<Record<string, number>> | undefined;
  duration: 'once' | 'forever' | 'repeating';
  durationInMonths?: number | undefined;
  startsAt?: number | undefined;
  endsAt?: number | undefined;
  maxRedemptions?: number | undefined;
  maxRedemptionsPerCustomer?: number | undefined;
  /** Undefined: all that the app sells now. */
  productIds?: readonly string[] | undefined;
  metadata: Readonly<Record<string, string | number | boolean>>;
}

/** What can be changed; undefined stays as it is, null takes it away. */
export interface DiscountPatch {
  name?: string | undefined;
  code?: string | null | undefined;
  basisPoints?: number | undefined;
  amounts?: Readonly<Record<string, number>> | undefined;
  startsAt?: number | null | undefined;
  endsAt?: number | null | undefined;
  maxRedemptions?: number | null | undefined;
  maxRedemptionsPerCustomer?: number | null | undefined;
  productIds?: readonly string[] | undefined;
  metadata?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** The metadata of a discount at Polar that says by which request it was made: a digest. */
export const REQUEST_KEY = 'gateway_request';

/** By what a discount is known as the app's. */
interface Mark {
  /** The app's product slug. */
  owner: string;
  /** The key of metadata that it stands in; the gateway's own unless given. */
  ownerKey?: string;
}

/** A new discount in Polar's words. `request`: what the `Idempotency-Key` stands for. */
export function toPolarDiscount(
  discount: NewDiscount & { productIds: readonly string[] },
  { owner, ownerKey = OWNER_KEYS.product, request }: Mark & { request: string | undefined },
): DiscountInput {
  const { code, basisPoints, amounts, durationInMonths, startsAt, endsAt } = discount;
  const { maxRedemptions: most, maxRedemptionsPerCustomer: mostEach } = discount;
  const common = {
    name: discount.name,
    duration: discount.duration,
    products: [...discount.productIds],
    metadata: {
      ...discount.metadata,
      [ownerKey]: owner,
      ...(request === undefined ? {} : { [REQUEST_KEY]: request }),
    },
    ...(code === undefined ? {} : { code }),
    ...(durationInMonths === undefined ? {} : { duration_in_months: durationInMonths }),
    ...(startsAt === undefined ? {} : { starts_at: toIso(startsAt) }),
    ...(endsAt === undefined ? {} : { ends_at: toIso(endsAt) }),
    ...(most === undefined ? {} : { max_redemptions: most }),
    ...(mostEach === undefined ? {} : { max_redemptions_per_customer: mostEach }),
  };
  return basisPoints === undefined
    ? { ...common, type: 'fixed', amounts: { ...amounts } }
    : { ...common, type: 'percentage', basis_points: basisPoints };
}

/** A change in Polar's words. `kept`: the metadata that it has; what of it is the gateway's stays. */
export function toPolarChange(
  patch: DiscountPatch,
  { owner, ownerKey = OWNER_KEYS.product, kept }: Mark & { kept: Readonly<Record<string, unknown>> },
): DiscountChange {
  const ours = Object.entries(kept).filter(([name]) => isOurs(name));
  const own = Object.entries(patch.metadata ?? kept).filter(([name]) => !isOurs(name));
  const metadata = Object.assign(Object.fromEntries([...own, ...ours]), { [ownerKey]: owner });
  const at = (time: number | null) => (time === null ? null : toIso(time));
  return {
    metadata,
    ...(patch.name === undefined ? {} : { name: patch.name }),
    ...(patch.code === undefined ? {} : { code: patch.code }),
    ...(patch.basisPoints === undefined ? {} : { basis_points: patch.basisPoints }),
    ...(patch.amounts === undefined ? {} : { amounts: { ...patch.amounts } }),
    ...(patch.startsAt === undefined ? {} : { starts_at: at(patch.startsAt) }),
    ...(patch.endsAt === undefined ? {} : { ends_at: at(patch.endsAt) }),
    ...(patch.maxRedemptions === undefined ? {} : { max_redemptions: patch.maxRedemptions }),
    ...(patch.maxRedemptionsPerCustomer === undefined
      ? {}
      : { max_redemptions_per_customer: patch.maxRedemptionsPerCustomer }),
    ...(patch.productIds === undefined ? {} : { products: [...patch.productIds] }),
  };
}

/** The change that takes another one back: of what it names, what was there. Its metadata is what Polar had, so it is not named. */
export function undo(patch: DiscountPatch, before: AppDiscountView): DiscountPatch {
  const was: DiscountPatch = {
    name: before.name,
    code: before.code,
    basisPoints: before.basis_points ?? undefined,
    amounts: before.amounts ?? undefined,
    startsAt: toMilliseconds(before.starts_at),
    endsAt: toMilliseconds(before.ends_at),
    maxRedemptions: before.max_redemptions,
    maxRedemptionsPerCustomer: before.max_redemptions_per_customer,
    productIds: before.product_ids,
  };
  const named = Object.entries(was).filter(([name]) => patch[name as keyof DiscountPatch] !== undefined);
  return Object.fromEntries(named);
}

const isOurs = (name: string) => name.toLowerCase().startsWith('gateway_');
const toIso = (at: number) => new Date(at).toISOString();

const nullableWhole = z.catch(z.nullish(z.int()), null);
const nullableTime = z.catch(z.nullish(z.iso.datetime({ offset: true })), null);

const wire = once(() =>
  z.looseObject({
    id: z.string(),
    name: z.string(),
    code: z.catch(z.nullish(z.string()), null),
    type: z.enum(['percentage', 'fixed']),
    duration: z.enum(['once', 'forever', 'repeating']),
    duration_in_months: nullableWhole,
    basis_points: nullableWhole,
    amounts: z.catch(z.nullish(z.record(z.string(), z.int())), null),
    starts_at: nullableTime,
    ends_at: nullableTime,
    max_redemptions: nullableWhole,
    max_redemptions_per_customer: nullableWhole,
    redemptions_count: z.catch(z.int(), 0),
    products: z.array(z.looseObject({ id: z.string() })),
    metadata: z.catch(z.record(z.string(), z.unknown()), {}),
    created_at: z.string(),
  }),
);

/** The metadata of one of Polar's discounts, the gateway's own keys too. @throws when it is not what Polar documents */
export function readMetadata(data: unknown): Record<string, unknown> {
  return wire().parse(data).metadata;
}

/** How one of Polar's discounts counts. Times are milliseconds since 1970. */
export interface DiscountCount {
  maxRedemptions: number | null;
  redemptions: number;
  startsAt: number | null;
  endsAt: number | null;
}

/** @throws when it is not what Polar documents */
export function readCount(data: unknown): DiscountCount {
  const read = wire().parse(data);
  return {
    maxRedemptions: read.max_redemptions ?? null,
    redemptions: read.redemptions_count,
    startsAt: toMilliseconds(read.starts_at ?? null),
    endsAt: toMilliseconds(read.ends_at ?? null),
  };
}

export function statusOf(count: DiscountCount, now: number): AppDiscountView['status'] {
  if (count.endsAt !== null && count.endsAt <= now) return 'ended';
  if (remainingOf(count) === 0) return 'exhausted';
  return count.startsAt !== null && count.startsAt > now ? 'scheduled' : 'active';
}

/** Null: without end. */
export function remainingOf({ maxRedemptions, redemptions }: DiscountCount): number | null {
  return maxRedemptions === null ? null : Math.max(0, maxRedemptions - redemptions);
}

/**
 * A discount as the app sees it: of its products those that the app sells. `now`: milliseconds.
 * @throws when it is not what Polar documents
 */
export function presentDiscount(
  data: unknown,
  { ownProductIds, now, ownerKey }: { ownProductIds: ReadonlySet<string>; now: number; ownerKey?: string },
): AppDiscountView {
  const read = wire().parse(data);
  const count = readCount(data);
  const metadata = Object.entries(read.metadata).filter(([name]) => !isOurs(name) && name !== ownerKey);
  return {
    id: read.id,
    name: read.name,
    code: read.code ?? null,
    status: statusOf(count, now),
    type: read.type,
    basis_points: read.type === 'percentage' ? (read.basis_points ?? null) : null,
    amounts: read.type === 'fixed' ? (read.amounts ?? null) : null,
    duration: read.duration,
    duration_in_months: read.duration_in_months ?? null,
    starts_at: isoOrNull(count.startsAt),
    ends_at: isoOrNull(count.endsAt),
    max_redemptions: count.maxRedemptions,
    max_redemptions_per_customer: read.max_redemptions_per_customer ?? null,
    redemptions: count.redemptions,
    remaining: remainingOf(count),
    product_ids: read.products.map(({ id }) => id).filter((id) => ownProductIds.has(id)),
    metadata: Object.fromEntries(metadata) as AppDiscountView['metadata'],
    created_at: new Date(read.created_at).toISOString(),
  };
}

export const isoOrNull = (at: number | null) => (at === null ? null : toIso(at));
