import { type Mode, MODES } from '../base/mode.rules.ts';
import type { Services } from '../base/services.ts';
import { findOrganization, type KnownOrganization } from '../record/organizations.rows.ts';
import type { HealthView } from './health.answers.ts';

/** What is known of the organization of each mode that is configured. */
export type KnownOrganizations = Partial<Record<Mode, KnownOrganization>>;

/** The settings as they were heard of last. @throws what D1 throws */
export async function selectOrganizations({ config, database }: Services): Promise<KnownOrganizations> {
  const known: KnownOrganizations = {};
  for (const mode of MODES) {
    const id = config.modes[mode]?.organizationId;
    const organization = id === undefined ? undefined : await findOrganization(database, mode, id);
    if (organization) known[mode] = organization;
  }
  return known;
}

/** The settings as health shows them. */
export function presentOrganizations(known: KnownOrganizations): HealthView['organizations'] {
  const present = (mode: Mode) => ({
    allow_multiple_subscriptions: known[mode]?.allowsMultipleSubscriptions ?? null,
  });
  return { live: present('live'), sandbox: present('sandbox') };
}

/** Polar's default surprises whoever sells more than one subscription: the checkout fails at its end. */
export function warnOfOrganizations(known: KnownOrganizations): { part: string; why: string }[] {
  return MODES.filter((mode) => known[mode]?.allowsMultipleSubscriptions === false).map((mode) => ({
    part: `polar.${mode}`,
    why: 'At Polar a customer can have one active subscription in all: whoever subscribes to one product cannot subscribe to another, and learns it at the end of the checkout. To allow several, turn on “Allow multiple subscriptions” in the organization’s settings at Polar, or PATCH /v1/organizations/{id} with {"subscription_settings": {"allow_multiple_subscriptions": true}}.',
  }));
}
