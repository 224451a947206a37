import { expect, test } from 'vitest';
import type { Facts } from '../../../packages/floe/catalog/audit/facts.rules.ts';
import { isEmbedHost } from '../../../packages/floe/catalog/audit/embed-hosts.rules.ts';
import { refusedWords } from '../../../packages/floe/catalog/audit/refused-words.rules.ts';
import { audit, type Subject, unknownCodes } from '../../../packages/floe/catalog/audit/rule.rules.ts';
import { RULES } from '../../../packages/floe/catalog/audit/rules/all.rules.ts';
import { describeSettings } from '../../../packages/floe/catalog/audit/settings.rules.ts';
import {
  benefit,
  discount,
  endpoint,
  hold,
  listed,
  listedDiscount,
  organization,
  product,
  subject,
} from './audit-subject.ts';

const gateway = (products: string[], ownsUnclaimed = false) => ({
  gateway: 'https://pay.quay.example',
  products,
  ownsUnclaimed,
});
const codesOf = (looked: Subject) => audit(RULES, looked).findings.map(({ code }) => code);

const trial = { trial_interval: 'day', trial_interval_count: 14 };
const price = (amount: number, more: object = {}) => ({
  amount_type: 'fixed',
  price_amount: amount,
  ...more,
});
const archived = product({
  key: 'plan:old',
  name: 'quay:old',
  metadata: { gateway_product: 'quay', gateway_plan: 'old' },
});

/** For each rule what it finds, and what is nearly that and fine. */
const CASES: Readonly<Record<string, { planted: Subject[]; fine: Subject[] }>> = {
  product_name: {
    planted: [
      subject({ wanted: { products: [product({ name: 'Quay Monthly' })] } }),
      subject({ wanted: { products: [product({ name: 'quay:Monthly' })] } }),
      subject({ wanted: { products: [product({ name: 'pier:monthly' })] } }),
    ],
    fine: [subject({ wanted: { products: [product({ name: 'quay:two-words' })] } })],
  },
  app_slug: {
    planted: [
      subject({
        facts: { apps: gateway(['atlas']) },
        wire: { products: [] },
      }),
    ],
    fine: [subject({ facts: { apps: gateway(['quay']) } })],
  },
  owner_metadata: {
    planted: [
      subject({ there: { products: [product({ key: 'plan:more', name: 'quay:more', metadata: {} })] } }),
      subject({ there: { products: [product({ metadata: { gateway_product: 'quay' } })] } }),
      subject({ config: { owner: 'quay@harbour.example' } }),
      subject({ config: { ownerKeys: 'uncle-z' } }),
    ],
    fine: [
      subject({
        config: { ownerKeys: 'uncle-z', owner: 'quay@harbour.example' },
        there: {
          products: [
            product({
              metadata: {
                uncle_z_product: 'quay',
                uncle_z_plan: 'monthly',
                owner_email: 'quay@harbour.example',
              },
            }),
          ],
        },
        wire: { products: [] },
      }),
    ],
  },
  usd_first: {
    planted: [
      subject({ wanted: { products: [product({ prices: [price(500, { price_currency: 'eur' })] })] } }),
      subject({
        wanted: { products: [product({ prices: [price(500, { price_currency: 'eur' }), price(500)] })] },
      }),
    ],
    fine: [
      subject({
        wanted: { products: [product({ prices: [price(500), price(500, { price_currency: 'eur' })] })] },
      }),
    ],
  },
  free_tier: {
    planted: [subject({ wanted: { products: [product({ prices: [price(0)] })] } })],
    fine: [subject({ wanted: { products: [product({ prices: [price(50)] })] } })],
  },
  pricing_to_discuss: {
    planted: [
      subject({
        wanted: {
          products: [
            product({ prices: [{ amount_type: 'metered_unit', meter: 'meter:calls', unit_amount: 1 }] }),
          ],
        },
      }),
      subject({
        wanted: {
          products: [
            product({
              prices: [
                {
                  amount_type: 'seat_based',
                  seat_tiers: {
                    tiers: [
                      { min_seats: 1, max_seats: 9, price_per_seat: 900 },
                      { min_seats: 10, price_per_seat: 700 },
                    ],
                  },
                },
              ],
            }),
          ],
        },
      }),
    ],
    fine: [
      subject({
        wanted: {
          products: [
            product({
              prices: [
                { amount_type: 'seat_based', seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 900 }] } },
              ],
            }),
          ],
        },
      }),
    ],
  },
  price_change: {
    planted: [
      subject({
        there: { products: [product({ prices: [price(400)] })] },
        facts: { subscribersOfChanged: new Map([['plan:monthly', 3]]) },
      }),
    ],
    fine: [
      subject({
        there: { products: [product({ prices: [price(400)] })] },
        facts: { subscribersOfChanged: new Map([['plan:monthly', 0]]) },
      }),
      subject({ facts: { subscribersOfChanged: new Map([['plan:monthly', 3]]) } }),
    ],
  },
  archived_subscribed: {
    planted: [
      subject({
        there: { products: [product(), archived] },
        archived: ['plan:old'],
        facts: { subscribersOfArchived: new Map([['plan:old', 1]]) },
      }),
    ],
    fine: [
      subject({
        there: { products: [product(), archived] },
        archived: ['plan:old'],
        facts: { subscribersOfArchived: new Map([['plan:old', 0]]) },
      }),
    ],
  },
  acceptable_use: {
    planted: [
      subject({ wanted: { products: [product({ description: 'A month of Consulting.' })] } }),
      subject({ wanted: { benefits: [benefit({ description: 'Two support hours' })] } }),
      subject({ wanted: { products: [product({ name: 'quay:betting' })] } }),
    ],
    fine: [subject({ wanted: { products: [product({ description: 'How consultants lost the tide.' })] } })],
  },
  benefit_unattached: {
    planted: [
      subject({ wanted: { benefits: [benefit(), benefit({ key: 'benefit:more' })] } }),
      subject({ there: { benefits: [benefit(), benefit({ key: 'benefit:more' })] } }),
    ],
    fine: [
      subject({
        there: { benefits: [benefit(), benefit({ key: 'benefit:more' })] },
        wire: { products: [listed({ benefits: [{ id: 'id of benefit:more' }] })] },
      }),
    ],
  },
  benefit_opens_nothing: {
    planted: [subject({ wanted: { benefits: [benefit({ metadata: {} })] } })],
    fine: [subject({ wanted: { benefits: [benefit({ type: 'feature_flag', metadata: {} })] } })],
  },
  product_unsold: {
    planted: [
      subject({ wire: { products: [listed({ name: 'Something' })] } }),
      subject({ wire: { products: [listed({ name: 'pier:monthly' })] } }),
    ],
    fine: [
      subject({
        wire: { products: [listed({ name: 'Something', metadata: { gateway_product: 'atlas' } })] },
      }),
      subject({ wire: { products: [listed({ name: 'Something', is_archived: true })] } }),
      subject({
        wire: { products: [listed({ name: 'Something' })] },
        facts: { apps: gateway(['quay'], true) },
      }),
    ],
  },
  parity: {
    planted: [
      subject({ elsewhere: { products: [], benefits: [], discounts: [] } }),
      subject({ elsewhere: { products: [product({ prices: [price(900)] })] } }),
      subject({ elsewhere: { products: [product({ name: 'quay:month' })] } }),
      subject({ elsewhere: { products: [product({ benefits: [] })] } }),
      subject({ elsewhere: { benefits: [benefit({ description: 'All of it' })] } }),
      subject({ elsewhere: { benefits: [benefit({ metadata: { content_id: 'notes/*' } })] } }),
      subject({
        elsewhere: { discounts: [discount(), discount({ key: 'discount:summer', name: 'Summer' })] },
      }),
    ],
    fine: [
      subject({
        elsewhere: { products: [product({ metadata: { gateway_product: 'quay', note: 'by hand' } })] },
      }),
      subject({
        there: { products: [product(), archived] },
        elsewhere: { products: [product()] },
        archived: ['plan:old'],
      }),
    ],
  },
  made_twice: {
    planted: [subject({ duplicates: [{ ...hold('products', product())[1], id: 'prod-9' }] })],
    fine: [
      subject({
        duplicates: [
          hold('products', product(), true)[1],
          { ...hold('products', product())[1], kind: 'files' },
        ],
      }),
    ],
  },
  discount_codes: {
    planted: [
      subject({ wire: { discounts: [listedDiscount({})] } }),
      subject({ wanted: { discounts: [discount({ products: null })] } }),
    ],
    fine: [
      subject({ wire: { discounts: [listedDiscount({ products: [{ id: 'prod-1' }] })] } }),
      subject({ wire: { discounts: [listedDiscount({ code: null })] } }),
      // A push gives it its list.
      subject({ wire: { discounts: [listedDiscount({ code: 'spring' })] } }),
    ],
  },
  several_subscriptions: {
    planted: [
      subject({
        facts: {
          organization: organization({ subscription_settings: { allow_multiple_subscriptions: false } }),
        },
      }),
    ],
    fine: [
      subject({
        wanted: { products: [product({ recurring_interval: null, recurring_interval_count: null })] },
        facts: {
          organization: organization({ subscription_settings: { allow_multiple_subscriptions: false } }),
        },
      }),
      subject({ facts: { organization: organization({ subscription_settings: {} }) } }),
    ],
  },
  portal_plan_change: {
    planted: [
      subject({
        wire: { products: [listed({})] },
        facts: {
          organization: organization({ customer_portal_settings: { subscription: { update_plan: true } } }),
        },
      }),
    ],
    fine: [
      subject({
        facts: {
          organization: organization({ customer_portal_settings: { subscription: { update_plan: true } } }),
        },
      }),
      subject({
        wire: { products: [listed({ visibility: 'private' })] },
        facts: {
          organization: organization({ customer_portal_settings: { subscription: { update_plan: true } } }),
        },
      }),
    ],
  },
  trial_abuse: {
    planted: [
      subject({
        wanted: { products: [product(trial)] },
        facts: {
          organization: organization({
            subscription_settings: { allow_multiple_subscriptions: true, prevent_trial_abuse: false },
          }),
        },
      }),
    ],
    fine: [
      subject({
        facts: {
          organization: organization({
            subscription_settings: { allow_multiple_subscriptions: true, prevent_trial_abuse: false },
          }),
        },
      }),
      subject({ wanted: { products: [product(trial)] } }),
    ],
  },
  embed_hosts: {
    planted: [
      subject({ facts: { organization: organization({ embed_hosts: ['atlas.example'] }) } }),
      subject({ facts: { organization: organization({ embed_hosts: [], embed_hosts_enforced: true }) } }),
    ],
    fine: [subject({ facts: { organization: organization({ embed_hosts: ['quay.example'] }) } })],
  },
  payments_refused: {
    planted: [
      subject({ facts: { organization: organization({ capabilities: { checkout_payments: false } }) } }),
    ],
    fine: [subject({ facts: { organization: organization({ capabilities: {} }) } })],
  },
  webhook_elsewhere: {
    planted: [
      subject({
        facts: {
          endpoints: [endpoint({}), endpoint({ id: 'endpoint-2', url: 'https://atlas.example/hook/1234' })],
        },
      }),
      subject({ facts: { endpoints: [endpoint({ url: 'https://pay.other.example/webhooks/polar' })] } }),
    ],
    fine: [
      subject({
        facts: {
          endpoints: [
            endpoint({}),
            endpoint({ id: 'endpoint-2', url: 'https://atlas.example/', enabled: false }),
            endpoint({ id: 'endpoint-3', url: 'https://atlas.example/', events: ['product.updated'] }),
          ],
        },
      }),
      { ...subject(), facts: without('apps') },
    ],
  },
  token_scopes: {
    planted: [subject({ facts: { excessScopes: ['customers:read', 'refunds:write'] } })],
    fine: [subject({ facts: { excessScopes: [] } })],
  },
};

function without(name: keyof Facts, { facts } = subject()): Partial<Facts> {
  const { [name]: _, ...rest } = facts;
  return rest;
}

test('a clean catalogue has no finding, and every rule is checked', () => {
  expect(audit(RULES, subject())).toEqual({ findings: [], skipped: [] });
  expect(Object.keys(CASES)).toEqual(RULES.map(({ code }) => code));
});

const EACH = Object.entries(CASES);

test.each(EACH)('%s finds what it is about, and nothing else does', (code, { planted }) => {
  for (const each of planted) expect(codesOf(each)).toEqual([code]);
});

test.each(EACH)('%s leaves alone what is nearly that', (_code, { fine }) => {
  for (const each of fine) expect(codesOf(each)).toEqual([]);
});

test.each(EACH)('%s is switched off by its code', (code, { planted }) => {
  for (const each of planted)
    expect(codesOf({ ...each, config: { ...each.config, audit: { off: [code] } } })).toEqual([]);
});

test('what is archived already is no finding of prices and names', () => {
  const there = product({
    key: 'plan:old',
    name: 'Old',
    prices: [price(0, { price_currency: 'eur' })],
    metadata: {},
  });
  expect(codesOf(subject({ there: { products: [product(), there] }, archived: ['plan:old'] }))).toEqual([]);
});

test('parity says what is where, both ways', () => {
  const more = product({ key: 'plan:more', name: 'quay:more' });
  const looked = subject({
    there: { products: [product(), more] },
    elsewhere: {
      products: [product({ prices: [price(900)] })],
      benefits: [benefit(), benefit({ key: 'benefit:new', description: 'New' })],
    },
  });
  expect(audit(RULES, looked).findings.map(({ message }) => message)).toEqual([
    'The product quay:monthly is not the same in sandbox and live: prices.',
    'The product quay:more is in sandbox, and not in live.',
    'The benefit New is in live, and not in sandbox.',
  ]);
});

test('a rule whose facts are unknown says why, and the others are checked', () => {
  const known = subject({ wanted: { products: [product({ prices: [price(0)] })] } });
  const looked: Subject = { ...known, facts: without('endpoints', known) };
  const unknown = { endpoints: 'the access token lacks webhooks:read' };
  const { findings, skipped } = audit(RULES, looked, { unknown });
  expect(findings).toMatchObject([{ code: 'free_tier' }]);
  expect(skipped).toEqual([{ code: 'webhook_elsewhere', why: 'the access token lacks webhooks:read' }]);
});

test('without Polar the files are checked, and each rule that needs Polar says so', () => {
  const looked: Subject = {
    ...subject({ wanted: { products: [product({ name: 'Quay' })] } }),
    there: undefined,
    wire: undefined,
    facts: {},
  };
  const { findings, skipped } = audit(RULES, looked);
  expect(findings).toMatchObject([{ code: 'product_name' }]);
  expect(skipped.map(({ code }) => code)).toEqual(
    RULES.filter(({ needs = [] }) => needs.length > 0).map(({ code }) => code),
  );
});

test('a finding stands where its entry does, and what stands nowhere in the configuration', () => {
  const looked = subject({
    wanted: { products: [product({ prices: [price(0)] })] },
    facts: { excessScopes: ['orders:read'] },
  });
  const findPlace = (entry: string) =>
    entry === 'products plan:monthly' ? { file: 'floe.config.yaml', line: 12 } : undefined;
  expect(audit(RULES, looked, { findPlace }).findings).toMatchObject([
    { code: 'free_tier', file: 'floe.config.yaml', line: 12 },
    { code: 'token_scopes', file: 'floe.config.yaml', line: undefined },
  ]);
});

test('a rule says why and what to do, and an off switch of none is noticed', () => {
  for (const { code, title, reason, mend } of RULES) {
    expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(title).not.toMatch(/\.$/);
    expect(reason).toMatch(/\.$/);
    expect(mend).toMatch(/\.$/);
  }
  expect(new Set(RULES.map(({ code }) => code)).size).toBe(RULES.length);
  expect(unknownCodes(RULES, ['free_tier', 'fre_tier'])).toEqual(['fre_tier']);
});

test('words are found whole, in any case, and not in addresses', () => {
  expect(refusedWords('One-on-One\nmentoring, and a T-shirt. https://quay.example/casino')).toEqual([
    { word: 'one-on-one', kind: 'a service by hand' },
    { word: 'mentoring', kind: 'a service by hand' },
    { word: 't-shirt', kind: 'physical goods' },
  ]);
  expect(refusedWords('Consultants, agencies, merchants, alphabetting, tidelottery, café')).toEqual([]);
});

test.each([
  ['quay.example', true],
  ['pay.quay.example', false],
  ['blog.atlas.example', true],
  ['atlas.example', false],
  ['localhost:4321', true],
])('%s may embed: %s', (host, may) => {
  expect(isEmbedHost(['Quay.example', '*.atlas.example', 'localhost:4321'], host)).toBe(may);
});

test('settings are shown as far as Polar says them', () => {
  const { wire } = subject({ wire: { discounts: [listedDiscount({})] } });
  if (!wire) throw new Error('There is none.');
  const shown = describeSettings(organization({}), wire);
  expect(shown).toContainEqual({ name: 'several subscriptions of a customer', value: 'yes' });
  expect(shown).toContainEqual({ name: 'discount codes for every product', value: 'SUMMER' });
  expect(shown.map(({ name }) => name)).not.toContain('tax');
});
