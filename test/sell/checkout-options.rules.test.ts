import { describe, expect, test } from 'vitest';
import { contradictions, readQuestions, unfitting } from '../../src/sell/checkout-options.rules.ts';
import { mayEmbed } from '../../src/sell/embed-hosts.rules.ts';

const product = { isRecurring: false, prices: [{ price_currency: 'usd' }], questions: ['size'] };
const paths = (errors: { path: string }[]) => errors.map(({ path }) => path);

describe('options that contradict themselves', () => {
  test('are named by their field', () => {
    expect(paths(contradictions({ prices: { b: [] } }, ['a']))).toEqual(['body.prices.b']);
    expect(paths(contradictions({ minSeats: 3, maxSeats: 2 }, ['a']))).toEqual(['body.min_seats']);
    expect(paths(contradictions({ minUnits: 3, units: 2 }, ['a']))).toEqual(['body.units']);
    expect(paths(contradictions({ maxSeats: 3, seats: 4 }, ['a']))).toEqual(['body.seats']);
    const trial = { interval: 'day', count: 7 } as const;
    expect(paths(contradictions({ trial, allowTrial: false }, ['a']))).toEqual(['body.allow_trial']);
  });

  test('are none when they agree', () => {
    const agreeing = { prices: { a: [] }, minSeats: 2, seats: 2, maxSeats: 2, allowTrial: true };
    expect(contradictions(agreeing, ['a', 'b'])).toEqual([]);
  });
});

describe('options that fit no product', () => {
  test('are a trial of what is bought once, a currency without a price, and an answer to no question', () => {
    expect(paths(unfitting({ trial: { interval: 'day', count: 7 } }, [product]))).toEqual([
      'body.trial_interval',
    ]);
    expect(paths(unfitting({ currency: 'eur' }, [product]))).toEqual(['body.currency']);
    expect(paths(unfitting({ customFieldData: { size: 'M', hue: 'red' } }, [product]))).toEqual([
      'body.custom_field_data.hue',
    ]);
  });

  test('are left to Polar where the product is not known', () => {
    const unknown = { isRecurring: true, prices: [], questions: undefined };
    const options = {
      trial: { interval: 'day', count: 7 },
      currency: 'eur',
      customFieldData: { hue: 'red' },
    } as const;
    expect(unfitting(options, [unknown])).toEqual([]);
    expect(unfitting({ trial: options.trial }, [product, { ...product, isRecurring: true }])).toEqual([]);
  });

  test('questions are read as Polar attaches them, or not at all', () => {
    expect(readQuestions([{ custom_field: { slug: 'size' } }])).toEqual(['size']);
    expect(readQuestions([{ custom_field: {} }])).toBeUndefined();
    expect(readQuestions(null)).toBeUndefined();
  });
});

describe('Polar’s list of embed hosts', () => {
  const enforced = (hosts: string[]) => ({ hosts, isEnforced: null });

  test('has a host with its port, any subdomain, and an app’s origin', () => {
    expect(mayEmbed('https://shop.dev', enforced(['shop.dev']))).toBe(true);
    expect(mayEmbed('https://shop.dev:8443', enforced(['shop.dev']))).toBe(false);
    expect(mayEmbed('https://shop.dev:8443', enforced(['shop.dev:8443']))).toBe(true);
    expect(mayEmbed('https://a.b.shop.dev', enforced(['*.shop.dev']))).toBe(true);
    expect(mayEmbed('https://shop.dev', enforced(['*.shop.dev']))).toBe(false);
    expect(mayEmbed('https://evilshop.dev', enforced(['*.shop.dev', 'shop.dev']))).toBe(false);
    expect(mayEmbed('chrome-extension://abc', enforced(['chrome-extension://abc']))).toBe(true);
  });

  test('lets only local hosts use plain HTTP', () => {
    expect(mayEmbed('http://shop.dev', enforced(['shop.dev']))).toBe(false);
    expect(mayEmbed('http://localhost:4321', enforced(['localhost:4321']))).toBe(true);
  });

  test('counts for nothing while it is not known or not enforced', () => {
    expect(mayEmbed('https://shop.dev', { hosts: null, isEnforced: null })).toBe(true);
    expect(mayEmbed('https://shop.dev', { hosts: [], isEnforced: false })).toBe(true);
    expect(mayEmbed('https://shop.dev', enforced([]))).toBe(false);
  });
});
