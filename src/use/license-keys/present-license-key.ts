import type { PolarActivation, PolarLicenseKey } from '../../polar/license-keys.rules.ts';
import type { LicenseAnswer } from './ask-key.ts';
import { MARKER } from './license-code.rules.ts';
import type {
  LicenseActivationView,
  LicenseCheckView,
  LicenseKeyDetailView,
  LicenseKeyView,
} from './license-keys.answers.ts';

const time = (at: number) => new Date(at).toISOString();
const timeOrNull = (at: number | null) => (at === null ? null : time(at));

/** What is said of a key. Whose it is only an app's server learns. */
export function presentCheck(
  { code, key, activation, checkedAt }: LicenseAnswer,
  kind: 'secret' | 'publishable',
): LicenseCheckView {
  return {
    valid: code === 'valid',
    code,
    key: key
      ? {
          display_key: key.displayKey,
          expires_at: timeOrNull(key.expiresAt),
          usage: key.usage,
          limit_usage: key.limitUsage,
          limit_activations: key.limitActivations,
          activations: key.activations,
        }
      : null,
    activation: activation ? presentActivation(activation) : null,
    ...(kind === 'secret' ? { customer: key?.customerId ?? null } : {}),
    checked_at: time(checkedAt),
  };
}

/** Without the gateway's own mark. */
function presentActivation({ id, label, meta, createdAt }: PolarActivation): LicenseActivationView {
  const { [MARKER]: _, ...own } = meta;
  return { id, label, meta: own, created_at: time(createdAt) };
}

/** `isProven` false: somebody whom nobody has proven to be the customer, and who has bought this alone. */
export function presentLicenseKey(key: PolarLicenseKey, isProven: boolean): LicenseKeyView {
  return {
    id: key.id,
    display_key: key.displayKey,
    status: key.status,
    customer: isProven ? key.customerId : null,
    benefit_id: key.benefitId,
    expires_at: timeOrNull(key.expiresAt),
    usage: key.usage,
    limit_usage: key.limitUsage,
    limit_activations: key.limitActivations,
    created_at: time(key.createdAt),
  };
}

export function presentLicenseKeyDetail(
  key: PolarLicenseKey,
  { isProven, isRevealed }: { isProven: boolean; isRevealed: boolean },
): LicenseKeyDetailView {
  return {
    ...presentLicenseKey(key, isProven),
    key: isRevealed ? key.key : null,
    activations: key.activations.map(presentActivation),
  };
}
