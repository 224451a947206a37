import { claimsOf } from '../../../../kit/product-owners.ts';
import { placeOf } from '../../model/catalog.rules.ts';
import { ownerKeysOf } from '../../source/config-catalog.rules.ts';
import type { Wire } from '../../there/polar-objects.rules.ts';
import { isEmbedHost } from '../embed-hosts.rules.ts';
import type { Rule, Subject } from '../rule.rules.ts';
import { codesForAll } from '../settings.rules.ts';
import { productsOf } from './products.rules.ts';

/* What the whole organization has: its settings, and what is on sale beside this catalogue. */

const AT_POLAR = 'in the organization’s settings at Polar';

type WireProduct = Wire['products'][number];

function claimsAt({ config }: Subject, { name, metadata }: WireProduct): string[] {
  return claimsOf({ name, metadata }, ownerKeysOf(config).product);
}

const onSale = ({ wire }: Subject): WireProduct[] =>
  (wire?.products ?? []).filter(({ is_archived }) => !is_archived);

const sellsSubscriptions = (subject: Subject) =>
  productsOf(subject).some(({ recurring_interval }) => recurring_interval !== null);

export const productUnsold: Rule = {
  code: 'product_unsold',
  severity: 'warning',
  title: 'Everything on sale in the organization is somebody’s',
  reason:
    'A product that names no app is sold by none of them: whoever buys it by a link of Polar’s gets nothing.',
  mend: 'Give it a name or metadata that says whose it is, or archive it.',
  needs: ['there'],
  check: (subject) =>
    onSale(subject).flatMap((product) => {
      const claims = claimsAt(subject, product);
      const { products = claims, ownsUnclaimed = false } = subject.facts.apps ?? {};
      if (claims.length === 0 ? ownsUnclaimed : claims.some((claim) => products.includes(claim))) return [];
      const why = claims.length === 0 ? 'it names no app' : `${claims.join(' and ')} is no app`;
      return [{ about: product.id, message: `${product.name} (${product.id}) is sold by nobody: ${why}.` }];
    }),
};

export const severalSubscriptions: Rule = {
  code: 'several_subscriptions',
  severity: 'warning',
  title: 'A customer may have several subscriptions',
  reason:
    'Else who subscribes to one product of the organization cannot subscribe to another, and learns it when paying.',
  mend: `Turn on "Allow multiple subscriptions" ${AT_POLAR}.`,
  needs: ['organization'],
  check(subject) {
    const { organization } = subject.facts;
    if (organization?.subscription_settings.allow_multiple_subscriptions !== false) return [];
    if (!sellsSubscriptions(subject)) return [];
    return [
      {
        about: organization.slug,
        message: `A customer of ${organization.slug} may have one subscription in all.`,
      },
    ];
  },
};

export const discountCodes: Rule = {
  code: 'discount_codes',
  severity: 'warning',
  title: 'A discount code names the products that it is for',
  reason: 'A code without a list lowers the price of every product of the organization, other teams’ too.',
  mend: 'Give the discount its list of products.',
  check({ wire, wanted }) {
    const ours = wanted.discounts.flatMap(({ code }) => (code === null ? [] : [code.toLowerCase()]));
    return [
      ...wanted.discounts.flatMap(({ key, code, products }) =>
        code !== null && products === null ? [{ code, entry: placeOf('discounts', key) }] : [],
      ),
      ...codesForAll(wire?.discounts ?? [])
        .filter((code) => !ours.includes(code.toLowerCase()))
        .map((code) => ({ code, entry: undefined })),
    ].map(({ code, entry }) => ({ about: code, entry, message: `${code} works for every product.` }));
  },
};

export const embedHosts: Rule = {
  code: 'embed_hosts',
  severity: 'warning',
  title: 'The site may embed Polar’s checkout',
  reason: 'Polar shows its checkout in pages of listed hosts only; elsewhere the buyer sees an empty frame.',
  mend: `Add the site’s host to the embed hosts ${AT_POLAR}, unless it embeds no checkout: then switch the rule off.`,
  needs: ['organization'],
  check({ config: { siteUrl }, facts: { organization } }) {
    if (!organization || siteUrl === undefined) return [];
    const { embed_hosts: hosts, embed_hosts_enforced: isEnforced = hosts.length > 0 } = organization;
    const { host } = new URL(siteUrl);
    if (!isEnforced || isEmbedHost(hosts, host)) return [];
    return [{ about: host, message: `${host} is not among the embed hosts of ${organization.slug}.` }];
  },
};

export const portalPlanChange: Rule = {
  code: 'portal_plan_change',
  severity: 'warning',
  title: 'Customers do not move to other teams’ plans in Polar’s portal',
  reason:
    'Polar’s portal offers every public subscription of the organization, so a subscriber of one product can move to another one’s plan.',
  mend: `Turn off changes of plan in the customer portal ${AT_POLAR}. Changes through the gateway go on.`,
  needs: ['there', 'organization'],
  check(subject) {
    const { organization } = subject.facts;
    if (organization?.customer_portal_settings.subscription.update_plan !== true) return [];
    const { product } = subject.config;
    const others = onSale(subject).filter(
      (each) =>
        each.recurring_interval !== null &&
        each.visibility === 'public' &&
        claimsAt(subject, each).some((claim) => claim !== product),
    );
    if (others.length === 0 || !sellsSubscriptions(subject)) return [];
    const names = others.slice(0, 3).map(({ name }) => name);
    return [
      {
        about: organization.slug,
        message: `Customers of ${organization.slug} may change their plan in Polar’s portal, to ${names.join(', ')} too.`,
      },
    ];
  },
};

export const trialAbuse: Rule = {
  code: 'trial_abuse',
  severity: 'note',
  title: 'A trial is had once',
  reason: 'Else whoever cancels a trial and buys again has another one.',
  mend: `Turn on the prevention of trial abuse ${AT_POLAR}.`,
  needs: ['organization'],
  check(subject) {
    const { organization } = subject.facts;
    if (organization?.subscription_settings.prevent_trial_abuse !== false) return [];
    if (!productsOf(subject).some(({ trial_interval }) => trial_interval !== null)) return [];
    return [{ about: organization.slug, message: `${organization.slug} gives a trial again and again.` }];
  },
};

export const paymentsRefused: Rule = {
  code: 'payments_refused',
  severity: 'warning',
  title: 'The organization may take payments',
  reason:
    'Polar reviews an organization before it takes real money, and can stop it later: until then nothing is sold.',
  mend: 'Finish the review in Polar’s dashboard, or ask Polar’s support.',
  needs: ['organization'],
  check({ facts: { organization } }) {
    if (!organization) return [];
    const { checkout_payments, subscription_renewals } = organization.capabilities;
    const stopped = [
      ...(checkout_payments === false ? ['takes no payments'] : []),
      ...(subscription_renewals === false ? ['renews no subscriptions'] : []),
    ];
    if (stopped.length === 0) return [];
    return [{ about: organization.slug, message: `${organization.slug} ${stopped.join(' and ')} now.` }];
  },
};
