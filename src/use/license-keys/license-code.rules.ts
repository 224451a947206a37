import type { PolarActivation, PolarLicenseKey } from '../../polar/license-keys.rules.ts';

/** What is said of a licence key (ADR 95), the first that holds. `valid` is the only yes. */
export const LICENSE_CODES = [
  'not_found',
  'wrong_product',
  'revoked',
  'disabled',
  'expired',
  'activation_not_supported',
  'activation_required',
  'activation_unknown',
  'activation_limit',
  'conditions_mismatch',
  'usage_exceeded',
  'valid',
] as const;

export type LicenseCode = (typeof LICENSE_CODES)[number];

/** Values that Polar compares or keeps. */
export type Values = Record<string, string | number | boolean>;

/** What is asked of a key. */
export interface LicenseQuestion {
  benefitId?: string | undefined;
  activationId?: string | undefined;
  /** Empty: none. */
  conditions: Values;
  /** 0: nothing is used up. */
  incrementUsage: number;
}

/** Nothing but whether the key is good: a yes may be remembered (ADR 95). */
export function isPlain({ activationId, conditions, incrementUsage }: LicenseQuestion): boolean {
  return activationId === undefined && Object.keys(conditions).length === 0 && incrementUsage === 0;
}

/** Whether the key works at all. `now`: milliseconds since 1970. */
function decideState(key: PolarLicenseKey, now: number): 'revoked' | 'disabled' | 'expired' | 'valid' {
  if (key.status !== 'granted') return key.status;
  return key.expiresAt !== null && key.expiresAt <= now ? 'expired' : 'valid';
}

/**
 * What a key says to a question, as far as can be read of the key. Polar does not show an activation's conditions: where the answer
 * is `valid` and the question has an activation, Polar has to be asked about them.
 */
export function decideKey(key: PolarLicenseKey, question: LicenseQuestion, now: number): LicenseCode {
  if (question.benefitId !== undefined && question.benefitId !== key.benefitId) return 'wrong_product';
  const state = decideState(key, now);
  if (state !== 'valid') return state;
  const needed = decideActivation(key, question);
  if (needed) return needed;
  const { incrementUsage } = question;
  if (incrementUsage > 0 && key.limitUsage !== null && incrementUsage > key.limitUsage - key.usage)
    return 'usage_exceeded';
  return 'valid';
}

/**
 * A key that is limited to a number of activations is good for an activation only: Polar would say yes without one, and the limit
 * would keep nobody from anything. Conditions are an activation's, so without one they cannot be met.
 */
function decideActivation(
  key: PolarLicenseKey,
  { activationId, conditions }: LicenseQuestion,
): LicenseCode | undefined {
  const isActivated = key.limitActivations !== null;
  if (activationId === undefined) {
    if (isActivated) return 'activation_required';
    return Object.keys(conditions).length > 0 ? 'activation_not_supported' : undefined;
  }
  if (findActivation(key, activationId)) return undefined;
  return isActivated ? 'activation_unknown' : 'activation_not_supported';
}

/** Whether one more activation can be made. */
export function decideActivate(key: PolarLicenseKey, now: number): LicenseCode {
  const state = decideState(key, now);
  if (state !== 'valid') return state;
  if (key.limitActivations === null) return 'activation_not_supported';
  return key.activations.length >= key.limitActivations ? 'activation_limit' : 'valid';
}

export function findActivation(key: PolarLicenseKey, id: string | undefined): PolarActivation | undefined {
  return key.activations.find((each) => each.id === id);
}

/** The name of a gateway's own value in an activation's `meta`: which request made it. */
export const MARKER = 'gateway_activation';

/** The activation that a request made. */
export function findMarked(key: PolarLicenseKey, marker: string): PolarActivation | undefined {
  return key.activations.find(({ meta }) => meta[MARKER] === marker);
}

/** How Polar shows the end of a key, by which grants name it. */
export function displayKeyOf(key: string): string {
  return `****-${key.slice(-6)}`;
}
