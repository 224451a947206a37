import { beforeEach, describe, expect, test } from 'vitest';
import { ar } from '../../packages/kit/pages/messages/ar.ts';
import { de } from '../../packages/kit/pages/messages/de.ts';
import { en, type Messages } from '../../packages/kit/pages/messages/en.ts';
import { es } from '../../packages/kit/pages/messages/es.ts';
import { fr } from '../../packages/kit/pages/messages/fr.ts';
import { ja } from '../../packages/kit/pages/messages/ja.ts';
import { describeProduct, nameProduct, nameResource, titleOf } from '../../packages/kit/pages/names.ts';
import { LANGUAGES } from '../../packages/kit/pages/options.ts';
import { sayButton, sayPrice, sayTrial } from '../../packages/kit/pages/prices.ts';
import { say, sayWait } from '../../packages/kit/pages/say.ts';
import type { Product } from '../../packages/kit/pages/data.ts';
import { type FakeGateway, fakeProduct, openFakeGateway, RESOURCE } from './fake-gateway.ts';
import { newVisitor, openSite } from './own-pages-site.ts';

/* Which language a page is in, and what is said in each. */

const CATALOGUES: Record<string, Messages> = { ar, de, en, es, fr, ja };

describe.each(Object.entries(CATALOGUES))('the texts of %s', (_lang, texts) => {
  test('have all that the English ones put in, and nothing else', () => {
    const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted();
    for (const [key, text] of Object.entries(en))
      expect([key, places(texts[key as keyof Messages])]).toEqual([key, places(text)]);
  });

  test('are in their own language, and no two that stand for different things are the same', () => {
    const same = Object.entries(en).filter(
      ([key, text]) => texts !== en && texts[key as keyof Messages] === text,
    );
    // "Code" is the same word in German and French.
    expect(same.map(([key]) => key).filter((key) => !['dir', 'code', 'perInterval'].includes(key))).toEqual(
      [],
    );
    const sentences = Object.entries(texts).filter(([key]) => key.startsWith('closed'));
    expect(new Set(sentences.map(([, text]) => text)).size).toBe(sentences.length);
  });
});

test('the kit has exactly these languages', () => {
  expect([...LANGUAGES]).toEqual(Object.keys(CATALOGUES).toSorted());
});

describe('a page', () => {
  let gateway: FakeGateway;
  beforeEach(async () => {
    gateway = await openFakeGateway();
    gateway.state.products.set(RESOURCE, [fakeProduct()]);
  });
  const shown = async (accept: string, pages: object = {}) => {
    const page = await newVisitor(openSite(gateway, { pages }).serve).open('/premium', {
      'accept-language': accept,
    });
    const [, lang, dir] = /<html lang="([\w-]+)" dir="(\w+)">/.exec(page.html) ?? [];
    return { lang, dir, text: page.text };
  };

  test.each([
    ['de', 'de', '9 € / Monat'],
    ['de-AT,en;q=0.5', 'de', '€ 9 / Monat'],
    ['fr-CA;q=0.4, es;q=0.9', 'es', '9 € / mes'],
    ['sw, fr;q=0.1', 'fr', '9 € / mois'],
    ['JA', 'ja', '€9 / 月'],
    ['en-GB', 'en', '€9 / month'],
    ['de;q=0, en', 'en', '€9 / month'],
    ['*', 'en', '€9 / month'],
    ['', 'en', '€9 / month'],
    ['de-!!, <script>;q=9', 'en', '€9 / month'],
    [`${'x-'.repeat(300)}de, de`, 'en', '€9 / month'],
  ])('is chosen by Accept-Language (%#)', async (accept, lang, price) => {
    const page = await shown(accept);
    expect([page.lang, page.dir]).toEqual([lang, 'ltr']);
    expect(page.text.replaceAll(/\s/g, ' ')).toContain(price);
  });

  test('in Arabic runs from right to left', async () => {
    const page = await shown('ar');
    expect([page.lang, page.dir]).toEqual(['ar', 'rtl']);
    expect(page.text).toContain(ar.subscribe);
  });

  test('is in the site’s language, whatever the browser asks for', async () => {
    const page = await shown('fr', { lang: 'de-CH' });
    expect(page.lang).toBe('de');
    expect(page.text).toContain(de.boughtBefore);
  });

  test('may be the site’s own words for a region, over those of its language', async () => {
    const page = await shown('de-AT', { messages: { 'de-AT': { subscribe: 'Abonnieren, bitte' } } });
    expect(page.text).toContain('Abonnieren, bitte');
    expect(page.text).toContain(de.boughtBefore);
  });

  test('may be in a language of the site’s, with English where it lacks a text', async () => {
    const messages = { pt: { subscribe: 'Assinar', month: 'mês' }, de: { subscribe: 'Mitlesen' } };
    const page = await shown('pt-BR', { messages });
    expect(page.lang).toBe('pt');
    expect(page.text).toContain('Assinar');
    expect(page.text).toContain('/ mês');
    expect(page.text).toContain(en.boughtBefore);
    const german = await shown('de', { messages });
    expect(german.text).toContain('Mitlesen');
    expect(german.text).toContain(de.boughtBefore);
  });
});

const productWith = (change: object): Product => fakeProduct(change);

describe('prices', () => {
  const price = (change: object, more: object = {}) => {
    const product = fakeProduct({
      prices: [{ id: 'x', price_currency: 'usd', ...change }],
      is_recurring: false,
      recurring_interval: null,
      ...more,
    }) as Product;
    return sayPrice(product, { lang: 'en', locale: 'en', text: en });
  };
  const monthly = { is_recurring: true, recurring_interval: 'month', recurring_interval_count: 1 };

  test.each([
    [{ amount_type: 'fixed', price_amount: 1250 }, {}, '$12.50'],
    [{ amount_type: 'fixed', price_amount: 1500, price_currency: 'jpy' }, {}, '¥1,500'],
    [{ amount_type: 'fixed', price_amount: 900 }, monthly, '$9 / month'],
    [
      { amount_type: 'fixed', price_amount: 900 },
      { ...monthly, recurring_interval_count: 3 },
      '$9 / 3 months',
    ],
    [{ amount_type: 'fixed', price_amount: 900 }, { ...monthly, recurring_interval: 'era' }, '$9'],
    [{ amount_type: 'free' }, monthly, 'Free'],
    [{ amount_type: 'custom', minimum_amount: 500 }, {}, 'from $5'],
    [{ amount_type: 'custom', minimum_amount: null }, {}, 'You choose the price'],
    [{ amount_type: 'custom', minimum_amount: 0 }, {}, 'You choose the price'],
    [
      { amount_type: 'seat_based', seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 700 }] } },
      monthly,
      '$7 per seat / month',
    ],
    [{ amount_type: 'metered_unit', unit_amount: '0.5' }, {}, 'charged by use'],
    [{ amount_type: 'of_tomorrow' }, {}, ''],
  ])('%o %o: %s', (change, more, said) => {
    expect(price(change, more)).toBe(said);
  });

  const eur = { price_currency: 'eur' };
  const fixed = { amount_type: 'fixed', price_currency: 'usd', price_amount: 900 };
  const nothing = { ...fixed, price_amount: 0 };
  const free = { amount_type: 'free', price_currency: 'usd' };
  const seat = {
    amount_type: 'seat_based',
    price_currency: 'usd',
    seat_tiers: { tiers: [{ price_per_seat: 500 }] },
  };
  const metered = { amount_type: 'metered_unit', price_currency: 'usd', unit_amount: '1' };
  const tiers = { amount_type: 'metered_tiers', price_currency: 'usd' };
  const later = { amount_type: 'of_tomorrow', price_currency: 'usd' };

  test.each([
    [[metered, fixed], '$9 / month + charged by use', 'Buy'],
    [[tiers, fixed], '$9 / month + charged by use', 'Buy'],
    [[fixed, seat], '$9 + $5 per seat / month', 'Buy'],
    [[fixed, { ...fixed, ...eur, price_amount: 800 }], '$9 / month or €8 / month', 'Buy'],
    [[nothing], 'Free', 'Get it for free'],
    [[nothing, { ...free, ...eur }], 'Free', 'Get it for free'],
    [[metered, free], 'charged by use', 'Buy'],
    [[nothing, seat], '$5 per seat / month', 'Buy'],
    [[fixed, later], 'from $9 / month', 'Buy'],
  ])('of several kinds or currencies all count (%#)', (prices, said, button) => {
    const product = productWith({ prices, is_recurring: false });
    expect(sayPrice(product, { lang: 'en', locale: 'en', text: en })).toBe(said);
    expect(sayButton(product, en)).toBe(button);
  });

  test.each([
    ['en', en, 'Free trial: 7 days'],
    ['de', de, 'Kostenlose Testzeit: 7 Tage'],
    ['ja', ja, '無料トライアル：7 日'],
    ['ar', ar, 'تجربة مجانية: 7 أيام'],
  ])('a trial, in the plural of %s', (locale, text, said) => {
    const product = fakeProduct({ trial_interval: 'day', trial_interval_count: 7 }) as Product;
    expect(sayTrial(product, { lang: locale, locale, text })).toBe(said);
  });

  test('a button says what comes of it', () => {
    const button = (change: object) => sayButton(productWith(change), en);
    expect(button({})).toBe('Subscribe');
    expect(button({ is_recurring: false })).toBe('Buy');
    expect(button({ trial_interval: 'day' })).toBe('Start free trial');
    expect(button({ is_recurring: false, prices: [{ amount_type: 'free' }] })).toBe('Get it for free');
  });
});

test.each([
  ['quay:lifetime', 'Lifetime'],
  ['quay:just-this_one', 'Just this one'],
  ['A book: the sequel', 'A book: the sequel'],
  ['Night shift', 'Night shift'],
])('the product %s is called %s', (name, shown) => {
  expect(nameProduct(name)).toBe(shown);
});

test.each([
  [
    'quay:blog-tides',
    ['blog/tides'],
    'High and low water\n\nTwice a day.',
    'High and low water',
    'Twice a day.',
  ],
  ['quay:courses-git', ['courses/git/*'], 'Git', 'Git', null],
  // Its name was cut.
  ['quay:blog-a-long-3fa1c2', ['blog/a-long-title-of-a-page'], 'A long title', 'A long title', null],
  // A plan that somebody has put into a collection; a page without a title.
  ['quay:monthly', ['blog/*'], 'Everything.', 'Monthly', 'Everything.'],
  ['quay:blog-tides', ['blog/tides'], null, 'Blog tides', null],
])('the product %s of %j, which is described as %j, is called %s', (name, ids, description, shown, rest) => {
  const product = { name, content_ids: ids, description, collection: 'blog' };
  expect(describeProduct(product)).toEqual({ name: shown, description: rest });
  expect(describeProduct({ ...product, collection: null })).toEqual({ name: nameProduct(name), description });
});

test('a closed page has the title of the product that sells it alone', () => {
  const sells = (id: string, name: string, description: string) => ({
    name,
    description,
    content_ids: [id],
    collection: 'blog',
  });
  const products = [
    sells('blog/*', 'quay:monthly', 'Everything.'),
    sells('blog/tides', 'quay:blog-tides', 'High and low water'),
    sells('courses/git/*', 'quay:courses-git', 'Git, from the start'),
  ];
  expect(titleOf('content:blog/tides', products)).toBe('High and low water');
  expect(titleOf('content:courses/git', products)).toBe('Git, from the start');
  expect(titleOf('content:courses/git/trees', products)).toBeUndefined();
  expect(titleOf('content:blog/wind', products)).toBeUndefined();
});

test.each([
  ['content:blog/premium-article', 'Premium article'],
  ['content:courses/git/*', 'Git'],
  ['content:caf%C3%A9', 'Café'],
  ['content:blog/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607', undefined],
  ['content:blog/42', undefined],
  ['plan:quay:pro', undefined],
  ['content:', undefined],
])('the resource %s is called %s', (resource, shown) => {
  expect(nameResource(resource)).toBe(shown);
});

test('what is put into a text is not read again', () => {
  expect(say('{a} and {b} and {c}', { a: '{b}', b: '$&' })).toBe('{b} and $& and {c}');
});

test.each([
  ['en', 30, 'in 30 seconds'],
  ['en', 200, 'in 4 minutes'],
  ['de', 59, 'in 59 Sekunden'],
  ['fr', 60, 'dans 1 minute'],
  ['ja', 30, '30 秒後'],
])('a wait in %s of %i s is over %s', (locale, seconds, said) => {
  expect(sayWait(seconds, locale)).toBe(said);
});
