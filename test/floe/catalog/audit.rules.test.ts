import { describe, expect, test } from 'vitest';
import { toMarkdown, toSarif } from '../../../packages/floe/catalog/audit/reports.rules.ts';
import { audit, unknownCodes } from '../../../packages/floe/catalog/audit/rule.rules.ts';
import { RULES } from '../../../packages/floe/catalog/audit/rules/all.rules.ts';
import { benefitModel } from '../../../packages/floe/catalog/model/benefits.rules.ts';
import {
  type Catalog,
  emptyCatalog,
  productModel,
} from '../../../packages/floe/catalog/model/catalog.rules.ts';
import { configModel } from '../../../packages/floe/catalog/source/config.rules.ts';
import type { There } from '../../../packages/floe/catalog/there/there.rules.ts';

const product = (more: object = {}) =>
  productModel.parse({
    key: 'plan:monthly',
    name: 'quay:monthly',
    prices: [{ amount_type: 'fixed', price_amount: 500 }],
    benefits: ['benefit:all'],
    metadata: { gateway_product: 'quay' },
    ...more,
  });
const benefit = (more: object = {}) =>
  benefitModel.parse({
    key: 'benefit:all',
    type: 'custom',
    description: 'All of Quay',
    properties: {},
    metadata: { content_id: 'blog/*' },
    ...more,
  });
const CLEAN: Catalog = { ...emptyCatalog(), products: [product()], benefits: [benefit()] };

function find(wanted: Catalog, { there = wanted, off = [] as string[] } = {}) {
  const config = configModel.parse({ product: 'quay', audit: { off } });
  const held: There = { catalog: there, held: new Map(), duplicates: [], foreign: [] };
  return audit(RULES, { config, file: 'floe.config.yaml', wanted, there: held });
}

test('a clean catalogue has no finding', () => {
  expect(find(CLEAN)).toEqual([]);
});

/** One planted violation a rule. */
const PLANTED: Readonly<Record<string, Catalog>> = {
  product_name: { ...CLEAN, products: [product({ name: 'Quay Monthly' })] },
  owner_metadata: { ...CLEAN, products: [product({ metadata: {} })] },
  usd_first: {
    ...CLEAN,
    products: [product({ prices: [{ amount_type: 'fixed', price_amount: 500, price_currency: 'eur' }] })],
  },
  free_tier: { ...CLEAN, products: [product({ prices: [{ amount_type: 'fixed', price_amount: 0 }] })] },
  pricing_to_discuss: {
    ...CLEAN,
    products: [
      product({
        prices: [{ amount_type: 'metered_unit', meter: 'meter:calls', unit_amount: 1 }],
        recurring_interval: 'month',
      }),
    ],
  },
  benefit_unattached: { ...CLEAN, benefits: [benefit(), benefit({ key: 'benefit:more' })] },
  benefit_opens_nothing: { ...CLEAN, benefits: [benefit({ metadata: {} })] },
};

test.each(RULES.map(({ code }) => code))('%s finds what it is about, and nothing else does', (code) => {
  expect(find(PLANTED[code] ?? CLEAN).map((each) => each.code)).toEqual([code]);
});

test.each(RULES.map(({ code }) => code))('%s is switched off by its code', (code) => {
  expect(find(PLANTED[code] ?? CLEAN, { off: [code] })).toEqual([]);
});

test('a rule says why and what to do, and an off switch of none is noticed', () => {
  for (const { code, reason, mend } of RULES) {
    expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(reason).toMatch(/\.$/);
    expect(mend).toMatch(/\.$/);
  }
  expect(new Set(RULES.map(({ code }) => code)).size).toBe(RULES.length);
  expect(unknownCodes(RULES, ['free_tier', 'fre_tier'])).toEqual(['fre_tier']);
});

describe('reports', () => {
  const findings = find({ ...CLEAN, products: [product({ name: 'Quay | @all <b>' })] });

  test('Markdown keeps what a product is called inside its cell', () => {
    const row = toMarkdown(findings).split('\n')[2] ?? '';
    expect(row.replaceAll(String.raw`\|`, '').split('|')).toHaveLength(6);
    expect(row).not.toContain('@all');
    expect(row).not.toMatch(/(?<!\\)</);
  });

  test('SARIF names the rule of each result, and the place', () => {
    const { runs } = toSarif(RULES, findings, '1.0.0') as {
      runs: [
        {
          tool: { driver: { rules: { id: string }[] } };
          results: { ruleId: string; locations: unknown[] }[];
        },
      ];
    };
    const ids = runs[0].tool.driver.rules.map(({ id }) => id);
    expect(runs[0].results.length).toBeGreaterThan(0);
    for (const { ruleId } of runs[0].results) expect(ids).toContain(ruleId);
    expect(runs[0].results[0]?.locations).toEqual([
      { physicalLocation: { artifactLocation: { uri: 'floe.config.yaml' }, region: { startLine: 1 } } },
    ]);
  });
});
