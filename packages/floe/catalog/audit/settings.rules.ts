import type { Wire } from '../there/polar-objects.rules.ts';
import type { Organization } from './facts.rules.ts';

/* Polar's settings of an organization, as they are shown. */

export interface Setting {
  name: string;
  value: string;
}

/** The settings that decide how a catalogue sells. What an answer does not have is not shown. */
export function describeSettings(organization: Organization, { discounts }: Wire): Setting[] {
  const { subscription_settings: subscriptions, customer_portal_settings: portal } = organization;
  const { capabilities, embed_hosts: hosts } = organization;
  const codes = codesForAll(discounts);
  const all: [string, string | undefined][] = [
    ['several subscriptions of a customer', yesOrNo(subscriptions.allow_multiple_subscriptions)],
    ['a trial only once for a customer', yesOrNo(subscriptions.prevent_trial_abuse)],
    ['customers change their plan in Polar’s portal', yesOrNo(portal.subscription.update_plan)],
    ['a change of plan is charged', subscriptions.proration_behavior?.replaceAll('_', ' ')],
    ['days until benefits end when a renewal fails', text(subscriptions.benefit_revocation_grace_period)],
    ['discount codes for every product', codes.length === 0 ? 'none' : codes.join(', ')],
    ['hosts that may embed a checkout', hosts.length === 0 ? 'any' : hosts.join(', ')],
    ['currency where the buyer’s is not offered', organization.default_presentment_currency],
    ['tax', organization.default_tax_behavior],
    ['takes payments', yesOrNo(capabilities.checkout_payments)],
    ['renews subscriptions', yesOrNo(capabilities.subscription_renewals)],
  ];
  return all.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

/** Codes that a buyer of any product of the organization can type. */
export const codesForAll = (discounts: Wire['discounts']): string[] =>
  discounts.flatMap(({ code, products }) => (code !== null && products.length === 0 ? [code] : []));

const yesOrNo = (value: boolean | undefined) => (value === undefined ? undefined : value ? 'yes' : 'no');
const text = (value: number | undefined) => (value === undefined ? undefined : String(value));
