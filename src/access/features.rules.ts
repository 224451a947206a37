import { type FeatureValue, type FeatureValues, keyOfFeature } from '../../packages/kit/claims.ts';
import { OWNER_PRESETS } from '../../packages/kit/product-owners.ts';
import { roundNumber, writeNumber } from '../base/json.rules.ts';
import type { AskedResource, Metadata } from './resources.rules.ts';

/* What features are worth: the metadata of their benefits (ADR 99). Numbers stay as Polar wrote them (ADR 48). */

/**
 * What the metadata of a flag says to Floe, and not about the feature: also what `floe catalog` writes into it, such as whose it is, which no buyer is told.
 * Names that begin with `gateway_` are Floe's too.
 */
const NAMES: ReadonlySet<string> = new Set([
  'feature_key',
  'key',
  'content_id',
  'catalog_key',
  ...Object.values(OWNER_PRESETS).flatMap((keys) => Object.values(keys)),
]);

/** A purchase or grant that gives a feature. Times are milliseconds since 1970. */
export interface FeatureSource {
  benefitId: string;
  values: FeatureValues;
  /** Null: that is not known. */
  boughtAt: number | null;
  /** Null: no end is known. */
  endsAt: number | null;
}

/** What a feature is worth to whoever has it. */
export interface Feature {
  values: FeatureValues;
  /** When it may be worth something else, since one of its sources ends. Null: no end is known. */
  endsAt: number | null;
}

/** The key of the feature that is asked for; undefined when it is no feature. */
export function askedFeature({ coveredBy: [name] }: AskedResource): string | undefined {
  return keyOfFeature(name);
}

/** The values in the metadata of a flag: all that is no name for Floe. */
export function readFeatureValues(metadata: Metadata): FeatureValues {
  return Object.fromEntries(
    Object.entries(metadata).filter(
      (entry): entry is [string, FeatureValue] =>
        !NAMES.has(entry[0]) && !entry[0].startsWith('gateway_') && isWritten(entry[1]),
    ),
  );
}

/** Whether it is a value. A number whose digits JavaScript would change is kept as them, and is written as a number again. */
export function isWritten(value: unknown): value is FeatureValue {
  return typeof value === 'string' || typeof value === 'boolean' || writeNumber(value) !== undefined;
}

/**
 * What a feature is worth that several sources give. For each name: of numbers the largest, of true and false true, of
 * anything else what was bought last. So buying more never takes anything away, and the order of rows does not matter.
 */
export function mergeFeature(sources: readonly FeatureSource[]): Feature {
  const newestFirst = [...sources].sort(byPurchase);
  const merged = new Map<string, FeatureValue>();
  let endsAt: number | null = null;
  for (const source of newestFirst) {
    const entries = Object.entries(source.values);
    for (const [name, value] of entries) {
      const known = merged.get(name);
      merged.set(name, known === undefined || isMore(value, known) ? value : known);
    }
    if (entries.length > 0 && source.endsAt !== null)
      endsAt = Math.min(endsAt ?? source.endsAt, source.endsAt);
  }
  const sorted = [...merged].sort(([a], [b]) => (a < b ? -1 : 1));
  return { values: Object.fromEntries(sorted), endsAt };
}

function byPurchase(a: FeatureSource, b: FeatureSource): number {
  return (
    (b.boughtAt ?? 0) - (a.boughtAt ?? 0) ||
    (a.benefitId === b.benefitId ? 0 : a.benefitId < b.benefitId ? 1 : -1)
  );
}

/** Whether a value is more than one that was bought later. Polar's form for metadata makes text of everything. */
function isMore(value: FeatureValue, known: FeatureValue): boolean {
  const [one, other] = [readNumber(value), readNumber(known)];
  if (one !== undefined && other !== undefined) return one > other;
  const [isOn, isKnownOn] = [readFlag(value), readFlag(known)];
  return isOn === true && isKnownOn === false;
}

/** At most as many digits as metadata has. */
const NUMBER = /^-?\d{1,500}(?:\.\d{1,500})?$/;

function readNumber(value: FeatureValue): number | undefined {
  const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : roundNumber(value);
  return typeof number === 'number' ? number : undefined;
}

function readFlag(value: FeatureValue): boolean | undefined {
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'boolean' ? value : undefined;
}
