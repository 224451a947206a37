import { toNormalForm } from '../../packages/kit/normal-form.ts';
import { writeNumber } from '../base/json.rules.ts';
import type { FeatureValues } from '../../packages/kit/claims.ts';
import { readFeatureValues } from './features.rules.ts';
import { contentResources, type Metadata, spellName } from './resources.rules.ts';

/** A benefit, as far as access needs it. */
export interface SoldBenefit {
  id: string;
  type: string;
  description: string;
  metadata: Metadata;
}

/** What access makes of one type of benefit. */
interface BenefitType {
  /**
   * Whether Polar grants it without the buyer doing anything, so that waiting for the grant is only a matter of time: then a
   * purchase opens it from the moment it is paid (ADR 51).
   */
  isAwaited: boolean;
  /** What it opens besides its own id and the contents that its metadata names. */
  opens?: (benefit: SoldBenefit) => string[];
}

/** Polar's types of benefit. A type that Polar adds later opens its id and contents once it is granted. */
const TYPES: Readonly<Record<string, BenefitType>> = {
  custom: { isAwaited: true },
  downloadables: { isAwaited: true },
  feature_flag: { isAwaited: true, opens: (benefit) => named('feature:', featureKey(benefit)) },
  license_keys: { isAwaited: false },
  meter_credit: { isAwaited: false },
  // The buyer connects an account first, and may never do it.
  discord: { isAwaited: false },
  github_repository: { isAwaited: false },
  slack_shared_channel: { isAwaited: false },
};
const TYPE_OF_TOMORROW: BenefitType = { isAwaited: false };

function typeOf({ type }: SoldBenefit): BenefitType {
  return Object.hasOwn(TYPES, type) ? (TYPES[type] ?? TYPE_OF_TOMORROW) : TYPE_OF_TOMORROW;
}

/** Whether a purchase opens the benefit before Polar has granted it, see `BenefitType`. */
export function isAwaited(benefit: SoldBenefit): boolean {
  return typeOf(benefit).isAwaited;
}

/** What a live grant of the benefit opens. A benefit that is not stored (undefined) opens its own id only. */
export function benefitResources(id: string, benefit: SoldBenefit | undefined): string[] {
  const own = `benefit:${id}`;
  if (!benefit) return [own];
  return [own, ...contentResources(benefit.metadata), ...(typeOf(benefit).opens?.(benefit) ?? [])];
}

/** The feature that a flag opens, in its one spelling, and what it is worth; undefined for any other benefit. */
export function featureOf(
  benefit: SoldBenefit | undefined,
): { name: string; values: FeatureValues } | undefined {
  if (benefit?.type !== 'feature_flag') return undefined;
  const key = featureKey(benefit);
  const name = key === undefined ? undefined : spellName(`feature:${key}`);
  return name === undefined ? undefined : { name, values: readFeatureValues(benefit.metadata) };
}

function named(prefix: string, name: string | undefined): string[] {
  return name === undefined ? [] : [prefix + name];
}

/**
 * The key of a feature flag: `feature_key` of its metadata, then `key`, then its description as a slug
 * (`Dark mode!` is `dark-mode`). Undefined when none of them says anything.
 */
export function featureKey(benefit: Pick<SoldBenefit, 'description' | 'metadata'>): string | undefined {
  for (const name of ['feature_key', 'key']) {
    const value = benefit.metadata[name];
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
    const number = writeNumber(value);
    if (number !== undefined) return number;
  }
  const slug = (toNormalForm(benefit.description, 'NFKD') ?? '')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return slug === '' ? undefined : slug;
}
