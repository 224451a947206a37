import { Problem } from '../../../base/problem.ts';
import { keepOrganizationKnown } from '../../../record/learn-organization.ts';
import { findOrganization } from '../../../record/organizations.rows.ts';
import { selectSubscriptionSellers } from '../apps.rows.ts';
import type { Check } from '../check.ts';

/** Polar's default. It surprises organizations that sell subscriptions of several products. */
export const organizationOneSubscription: Check = {
  code: 'organization_one_subscription',
  area: 'polar',
  severity: 'warning',
  title: 'A customer can have one subscription in all',
  each: 'mode',
  async look({ services, config, database }, mode) {
    const sellers = await selectSubscriptionSellers(database, mode);
    if (sellers.length < 2) return [];
    await keepOrganizationKnown(services, mode);
    const known = await findOrganization(database, mode, config.modes[mode]?.organizationId ?? '');
    if (!known || known.allowsMultipleSubscriptions === null)
      throw new Problem('polar_failed', {
        detail: 'Polar did not say how many subscriptions a customer can have.',
      });
    if (known.allowsMultipleSubscriptions) return [];
    return [
      {
        target: config.modes[mode]?.organizationId ?? '',
        detail: `${sellers.join(', ')} sell subscriptions, and the organization’s settings allow a customer one in all: whoever subscribed to one cannot subscribe to another.`,
        mend: 'Turn on “Allow multiple subscriptions” in the organization’s settings at Polar.',
      },
    ];
  },
};
