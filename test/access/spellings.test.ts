import { env, exports } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentId, opensContent } from '../../packages/kit/content/index.ts';
import { openJar } from '../../packages/kit/cookies.ts';
import { verifyEntitlements } from '../../packages/kit/entitlements.ts';
import { covers } from '../../packages/kit/resources.ts';
import { readCode } from '../../src/people/sign-in.rules.ts';
import { seedExternal, seedPurchase, seedSession, seedShop, seedWare, uuid } from './access-rows.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';
import { call, CALLBACK, createWorld, type TestApp, type World } from '../harness/harness.ts';

/*
 * One name can be written in several ways. The API, RPC, forward-auth and the kit all take them for the same name (ADR
 * 61).
 */

const numRuns = Math.min(Number(env.TEST_RUNS), 40);

/** Segments of content ids as authors write them: letters that compose, scripts that do not, signs of addresses. */
const segment = fc
  .array(
    fc.constantFrom('a', 'é', 'ü', 'ñ', 'ø', '語', 'ब', '-', '_', '~', "'", '(', '!', '@', '&', '7', '✓'),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((letters) => `p${letters.join('')}`);
const contentIds = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));

type Spelling = (id: string) => string;
const SPELLINGS: Record<string, Spelling> = {
  composed: (id) => id.normalize('NFC'),
  'in parts': (id) => id.normalize('NFD'),
  'as in an address': (id) => encodeURI(id.normalize('NFC')),
  'as in an address, lower case': (id) =>
    encodeURI(id.normalize('NFC')).replaceAll(/%../g, (escape) => escape.toLowerCase()),
  'encoded in parts': (id) => encodeURI(id.normalize('NFD')),
};
const spelling = fc.constantFrom(...Object.values(SPELLINGS));

interface Question {
  /** What is sold and had. */
  ware: Parameters<typeof seedWare>[1];
  /** What is asked for; it may name the product, or the shop's slug. */
  asked: string | ((productId: string, product: string) => string);
  /** What a proxy is asked for, and its rule. */
  path?: string;
  prefix?: string;
}

/** Whether each door opens the resource to the customer. By path only where there is one. */
async function askEverywhere({ ware: sold, asked, path, prefix = '/shelf:content:*' }: Question) {
  const shop = await seedShop();
  const ware = await seedWare(shop, sold);
  const customer = uuid();
  await seedPurchase(shop, ware, customer);
  const resource = typeof asked === 'string' ? asked : asked(ware.productId, shop.app.product);
  const key = shop.secretKey;
  const ask = async (name: string) => {
    const query = new URLSearchParams({ resource: name, customer, max_age: '0' });
    return (await call<{ allow?: boolean; token: string }>('GET', `/v1/access?${query}`, { key })).body;
  };
  const { body: batch } = await call<{ results?: { allow: boolean }[] }>('POST', '/v1/access/batch', {
    key,
    body: { resources: ['content:none', resource], customer, max_age: 0 },
  });
  const rpc = await exports
    .FloeAccess({ props: { app: shop.app.slug } })
    .check({ resource, customer, maxAge: 0 });
  const session = await seedSession(shop, { customerId: customer });
  const [cookie = ''] = (openJar(shop.app.slug, false).set('session', session, 60) ?? '').split(';', 1);
  const forward = async (rule: Record<string, string>, target: string) => {
    const asking = new URLSearchParams({ app: shop.app.slug, max_age: '0', ...rule });
    const answer = await call('GET', `/v1/access/forward-auth?${asking}`, {
      headers: { cookie, 'x-forwarded-uri': target },
    });
    return answer.status === 200;
  };
  const { keys } = (await call<{ keys: object[] }>('GET', '/.well-known/jwks.json')).body;
  const { token } = await ask(`product:${ware.productId}`);
  const options = { gateway: GATEWAY_URL, app: shop.app.slug, jwks: { keys } };
  const verified = await verifyEntitlements(token, { ...options, resource });
  const whole = await verifyEntitlements(token, options);
  return {
    api: (await ask(resource)).allow === true,
    batch: batch.results?.[1]?.allow === true,
    rpc: rpc.allow,
    'forward-auth by name': await forward({ resource }, '/'),
    'the kit': verified.ok,
    'covers of the kit': whole.ok && whole.claims.ent.some((name) => covers(name, resource)),
    ...(path === undefined ? {} : { 'forward-auth by path': await forward({ prefix }, path) }),
  };
}

const everywhere = (doors: object, allow: boolean) =>
  Object.fromEntries(Object.keys(doors).map((door) => [door, allow]));

describe('a content id', () => {
  test('that somebody has opens at every door, however it is written there and where it is sold', async () => {
    await fc.assert(
      fc.asyncProperty(contentIds, spelling, spelling, fc.boolean(), async (id, sold, asked, isBeneath) => {
        const path = `/shelf/${encodeURI(id.normalize('NFC'))}`;
        const above = `${id.slice(0, id.lastIndexOf('/'))}/*`;
        const content = sold(isBeneath && id.includes('/') ? above : id);
        const doors = await askEverywhere({ ware: { content }, asked: `content:${asked(id)}`, path });
        expect(doors).toEqual(everywhere(doors, true));
      }),
      { numRuns, examples: [['blog/café-menu', (id) => id, (id) => id, false]] },
    );
  });

  test.each(['blog/%2e%2e/b', 'blog/a%2Fb', 'blog/a%00', 'blog/%252e'])(
    '%s is not what it would decode to',
    async (asked) => {
      const content = decodeURIComponent(asked).replaceAll(/[\0]/g, '');
      const doors = await askEverywhere({ ware: { content }, asked: `content:${asked}`, path: '/nowhere' });
      expect(doors).toEqual(everywhere(doors, false));
    },
  );

  test.each([
    ['courses/git/*', 'courses/git/intro/'],
    ['courses/git/*', 'courses/git/'],
    ['courses/git/intro/', 'courses/git/intro'],
    ['courses/git/intro', 'courses/git/intro/'],
    ['courses/git/*/', 'courses/git/intro'],
  ])('sold as %s is open as %s: a slash at the end says nothing', async (content, id) => {
    const doors = await askEverywhere({ ware: { content }, asked: `content:${id}`, path: `/shelf/${id}` });
    expect(doors).toEqual(everywhere(doors, true));
    expect(contentId(`/${id}`)).toBe(id.replace(/\/$/, ''));
  });

  // No proxy's path: what a proxy passes on has no percent sign in it (ADR 36).
  test.each(['caf%C3%A9/100%25-sure', 'café/100%25-sure', 'cafe%CC%81/100%-sure', 'caf%c3%a9/%2525-sure'])(
    'café/* opens %s: an escape that stays as it is spoils no other',
    async (id) => {
      const doors = await askEverywhere({ ware: { content: 'café/*' }, asked: `content:${id}` });
      expect(doors).toEqual(everywhere(doors, !id.includes('%2525')));
    },
  );
});

/** What a server or a file system may make two dots of, or a slash. */
const HIDDEN = [
  '',
  ' ',
  '%20',
  '%09',
  '%00',
  '%E2%80%8B',
  '\u200b',
  '\u00ad',
  '%C2%A0',
  '\u1680',
  '%E2%81%A0',
];
const DOTS = ['.', '%2e', '%252e', '%25252E', '．', '%EF%BC%8E', '․', '%c0%ae', '%u002e'];
const TAILS = ['', ';', ';v=1', '%3B', '%253b', '%20', '%2520', '\u200b', '%00', '.'];
const disguisedUp = fc
  .tuple(...[DOTS, HIDDEN, DOTS, HIDDEN, TAILS].map((parts) => fc.constantFrom(...parts)))
  .map((parts) => parts.join(''));
const SLASHES = [
  '%2f',
  '%252F',
  '%25252f',
  '%5c',
  '\\',
  '／',
  '%EF%BC%8F',
  '%c0%af',
  '%u2215/..',
  '%00',
  '%2500',
  '＼',
];

/** A path as a browser would send it, when it is one at all. */
const asPath = (id: string) =>
  `/shelf/${id.replaceAll(/[^!-~]/gu, (letter) => encodeURI(letter.toWellFormed()))}`;

describe('beneath a star', () => {
  const ware = { content: 'courses/git/*' };
  const refused = async (id: string) => {
    const doors = await askEverywhere({ ware, asked: `content:${id}`, path: asPath(id) });
    expect([id, doors]).toEqual([id, everywhere(doors, false)]);
    expect(contentId(`/${id}`)).toBeUndefined();
    expect(opensContent('courses/git/*', id)).toBe(false);
  };

  test.each([
    '..;',
    '..%3B',
    '..%20',
    '.%00.',
    '..%09',
    '．．',
    '%252e%252e',
    '.%E2%80%8B.',
    '...',
    '..',
    '. .',
    'v1.',
    'a;b',
    'a%3Bb',
    'a%20/b',
    'a%3Fb',
    'a%23b',
    'a%E9',
    '%2A',
    '%2e',
    '‥',
    '\u200b',
  ])('attack: a segment %s is none', async (up) => {
    await refused(`courses/git/${up}/finance`);
  });

  test('attack: dots in whatever disguise lead nowhere, at any door', async () => {
    await fc.assert(
      fc.asyncProperty(disguisedUp, fc.boolean(), (up, isLast) =>
        refused(`courses/git/${isLast ? `x/${up}/y` : `${up}/finance`}`),
      ),
      { numRuns },
    );
  });

  test.each(SLASHES)('attack: no slash is hidden in a segment, nor its end: %s', async (slash) => {
    await refused(`courses/git/x${slash}y`);
  });

  test.each([
    'a b',
    'a%20b',
    'a,b',
    'a%2Cb',
    '..drafts',
    'v1.2',
    "it's",
    '何ですか？',
    'नमस्ते',
    '.well-known',
  ])('%s is a page, at every door', async (page) => {
    const id = `courses/git/${page}`;
    const path = `/shelf/${encodeURI(decodeURIComponent(id))}`;
    const doors = await askEverywhere({ ware, asked: `content:${id}`, path });
    expect(doors).toEqual(everywhere(doors, true));
    expect(opensContent('courses/git/*', contentId(`/${encodeURI(decodeURIComponent(id))}`) ?? '')).toBe(
      true,
    );
  });
});

describe('another name', () => {
  test.each<[string, Question]>([
    ['a product, in upper case', { ware: {}, asked: (id) => `product:${id.toUpperCase()}` }],
    [
      'a feature, as an address has it',
      {
        ware: { type: 'feature_flag', feature: 'dark möde' },
        asked: 'feature:dark%20m%C3%B6de',
        path: '/f/dark%20m%C3%B6de',
        prefix: '/f:feature:*',
      },
    ],
    [
      'a feature, as it is',
      {
        ware: { type: 'feature_flag', feature: 'dark%20möde' },
        asked: 'feature:dark möde',
        path: '/f/dark%20m%C3%B6de/',
        prefix: '/f:feature:*',
      },
    ],
    [
      'a plan, as an address has it',
      {
        ware: { metadata: { gateway_plan: 'grün' } },
        asked: (_id, product) => `plan:${product}:gr%C3%BCn`,
      },
    ],
  ])('%s is the same at every door', async (_name, question) => {
    const doors = await askEverywhere(question);
    expect(doors).toEqual(everywhere(doors, true));
  });

  test('a benefit, in upper case, is the same at every door', async () => {
    const shop = await seedShop();
    const ware = await seedWare(shop, {});
    const customer = uuid();
    await seedPurchase(shop, ware, customer);
    const resource = `benefit:${ware.benefitId.toUpperCase()}`;
    const ask = async (who: string) => {
      const query = new URLSearchParams({ resource, customer: who, max_age: '0' });
      const answer = await call<{ reason: string }>('GET', `/v1/access?${query}`, { key: shop.secretKey });
      return answer.body.reason;
    };
    expect(await ask(customer)).toBe('granted');
    const other = uuid();
    await seedPurchase(shop, await seedWare(shop, { name: `${shop.app.product}:other` }), other);
    expect(await ask(other)).toBe('not_granted');
  });
});

describe('an external id', () => {
  /** What each door says of a user `asked`, after `sold` has bought. */
  async function askAll(world: World, quay: TestApp, product: string, sold: string, asked: string) {
    const key = quay.secretKey;
    const made = await call<{ checkout_url: string }>('POST', '/v1/payments', {
      key,
      body: { product_id: product, success_url: CALLBACK, customer: { external_id: sold } },
    });
    expect(made.status).toBe(201);
    await world.pay('sandbox', made.body.checkout_url, { email: `${uuid()}@floe-mail.dev` });
    await world.settle();
    const external = `external:${asked}`;
    const named = new URLSearchParams({ customer: external });
    const access = new URLSearchParams({ resource: `product:${product}`, customer: external });
    await call('POST', '/v1/sessions', { key, body: { external_id: sold } });
    return {
      api: (await call<{ allow: boolean }>('GET', `/v1/access?${access}`, { key })).body.allow,
      batch: (
        await call<{ results: { allow: boolean }[] }>('POST', '/v1/access/batch', {
          key,
          body: { resources: [`product:${product}`], customer: external },
        })
      ).body.results[0]?.allow,
      rpc: (
        await exports.FloeAccess({ props: { app: quay.slug } }).check({
          resource: `product:${product}`,
          customer: external,
        })
      ).allow,
      payments:
        (await call<{ data: unknown[] }>('GET', `/v1/payments?${named}`, { key })).body.data.length > 0,
      sessions:
        (await call<{ data: unknown[] }>('GET', `/v1/sessions?${named}`, { key })).body.data.length > 0,
    };
  }
  let apps = 0;
  const all = (is: boolean) => ({ api: is, batch: is, rpc: is, payments: is, sessions: is });

  test('is found at every door as it was written, white space and letters in parts included', async () => {
    const world = await createWorld();
    const quay = await world.createApp({ product: 'quay' });
    const { id: product } = await world.createProduct({ name: 'quay:lifetime' });
    const around = fc.constantFrom('', ' ', '\u00a0', '  ', '\u2003', '\ufeff');
    const write = fc.tuple(around, fc.constantFrom('NFC', 'NFD'), around);
    await fc.assert(
      fc.asyncProperty(segment, write, async (name, [before, form, after]) => {
        const user = `${before}${`${name}-${uuid()}`.normalize(form)}${after}`;
        expect(await askAll(world, quay, product, user, user)).toEqual(all(true));
      }),
      { numRuns: Math.min(numRuns, 15) },
    );
  });

  test.each([
    ['a space before it', 'bob', ' bob'],
    ['an invisible character after it', 'bob', 'bob\ufeff'],
    ['a no-break space after it', 'bob', 'bob\u00a0'],
    ['letters in parts', 'jos\u00e9', 'jose\u0301'],
    ['the Kelvin sign', 'Kevin', '\u212aevin'],
  ])('attack: with %s it is another user, at every door', async (_what, sold, asked) => {
    const world = await createWorld();
    // A slug of its own: an isolate remembers for a while which app a binding is for.
    const product = `quay-${++apps}`;
    const quay = await world.createApp({ product });
    const { id } = await world.createProduct({ name: `${product}:lifetime` });
    expect(await askAll(world, quay, id, sold, asked)).toEqual(all(false));
    expect(await askAll(world, quay, id, asked, asked)).toEqual(all(true));
  });

  test('of white space alone is refused at every door', async () => {
    const shop = await seedShop();
    await seedExternal(shop, 'user', uuid());
    const ask = async (method: string, path: string, body?: object) =>
      (await call(method, path, { key: shop.secretKey, ...(body ? { body } : {}) })).status;
    expect(await ask('GET', '/v1/access?resource=content:a&customer=external:%20')).toBe(422);
    expect(await ask('GET', '/v1/payments?customer=external:%C2%A0')).toBe(422);
    expect(await ask('POST', '/v1/sessions', { external_id: '\u00a0 ' })).toBe(422);
    expect(await ask('POST', '/v1/payments', { product_id: uuid(), customer: { external_id: ' ' } })).toBe(
      422,
    );
  });
});

test('a sign-in code is its six digits, whatever a mail program or a keyboard has put between them', () => {
  const between = fc.constantFrom(
    '',
    ' ',
    '-',
    '\u00a0',
    '\u200b',
    '\u00ad',
    '\u2011',
    '\u2013',
    '\u2060',
    '\ufeff',
    '\t',
    '\u202f',
  );
  const digit = fc.integer({ min: 0, max: 9 });
  fc.assert(
    fc.property(fc.array(fc.tuple(digit, between, fc.boolean()), { minLength: 6, maxLength: 6 }), (parts) => {
      const typed = parts
        .map(([value, sign, isWide]) => `${isWide ? String.fromCharCode(0xff10 + value) : value}${sign}`)
        .join('');
      expect(readCode(typed)).toBe(parts.map(([value]) => value).join(''));
    }),
  );
  expect(readCode('12a456')).toBe('12a456');
});

test.each([
  ['a field', '{"product_id":"x","__proto__":{"a":1}}', 'body.__proto__'],
  ['metadata', '{"metadata":{"__proto__":"x"}}', 'body.metadata.__proto__'],
  ['metadata, escaped', '{"metadata":{"\\u005f_proto__":"x"}}', 'body.metadata.__proto__'],
])('%s with a name that would be dropped is refused', async (_what, rawBody, path) => {
  const shop = await seedShop();
  const answer = await call<{ errors: { path: string }[] }>('POST', '/v1/payments', {
    key: shop.secretKey,
    rawBody,
  });
  expect(answer.status).toBe(422);
  expect(answer.body.errors.map((error) => error.path)).toContain(path);
});

test('so is a parameter of that name', async () => {
  const shop = await seedShop();
  expect((await call('GET', '/v1/payments?__proto__=x', { key: shop.secretKey })).status).toBe(422);
});

test('what a parameter holds is no matter of its name', async () => {
  const shop = await seedShop();
  const key = shop.secretKey;
  expect(
    (await call('GET', '/v1/access?resource=content:n/__proto__&customer=external:__proto__x', { key }))
      .status,
  ).toBe(200);
});

test('metadata is kept as it was typed, and no key is lost for the white space around it', async () => {
  const world = await createWorld();
  const quay = await world.createApp({ product: 'quay' });
  const { id } = await world.createProduct({ name: 'quay:lifetime' });
  const sell = (metadata: object) =>
    call<{ metadata: object; errors: { path: string }[] }>('POST', '/v1/payments', {
      key: quay.secretKey,
      body: { product_id: id, success_url: CALLBACK, metadata },
    });
  expect((await sell({ note: '  spaced  ' })).body.metadata).toEqual({ note: '  spaced  ' });
  const lost = await sell({ a: '1', ' a': '2' });
  expect([lost.status, lost.body.errors[0]?.path]).toEqual([422, 'body.metadata. a']);
});

test('a product says whose it is and what plan, whatever white space stands around it', async () => {
  const world = await createWorld();
  const quay = await world.createApp({ product: 'quay' });
  const made = await world.createProduct({
    name: 'Pro',
    metadata: { gateway_product: ' Quay ', gateway_plan: ' pro ' },
  });
  const sold = await call<{ checkout_url: string }>('POST', '/v1/payments', {
    key: quay.secretKey,
    body: { product_id: made.id, success_url: CALLBACK, customer: { external_id: 'u' } },
  });
  expect(sold.status).toBe(201);
  await world.pay('sandbox', sold.body.checkout_url, { email: `${uuid()}@floe-mail.dev` });
  await world.settle();
  const asked = await call<{ allow: boolean }>(
    'GET',
    '/v1/access?resource=plan:quay:pro&customer=external:u',
    {
      key: quay.secretKey,
    },
  );
  expect(asked.body.allow).toBe(true);
});
