import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { vi } from 'vitest';
import { answerAccess } from '../../src/access/answer-access.ts';
import { buildClaims } from '../../src/access/entitlement-token.rules.ts';
import { forgetAllTokens } from '../../src/access/token-cache.rows.ts';
import { createApp } from '../../src/app.ts';
import type { Bindings } from '../../src/base/config.ts';
import { newToken } from '../../src/base/secrets.ts';
import { signClaims } from '../../src/base/signing.ts';
import { forgetCallers } from '../../src/http/identify-caller.ts';
import { createServices, loadConfig } from '../../src/wiring.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';
import {
  ORIGIN,
  seedExternal,
  seedGrant,
  seedKey,
  seedPayment,
  seedPurchase,
  seedSession,
  seedShop,
  seedSubscription,
  seedWare,
  type Shop,
  uuid,
} from './access-rows.ts';

/* Stories of questions about access, told twice: to the fast path and to the route, each time from the same beginning. */

/** Who and what is asked about; D1 is in one of two states: before and after everything was taken back. */
export interface Place {
  shop: Shop;
  startsAt: number;
  authorizations: readonly string[];
  resources: readonly string[];
  customers: readonly string[];
  members: readonly string[];
  /** What may lie in KV, by its key. */
  tokens: readonly { key: string; token: string }[];
}

const DAY = 86_400_000;

export async function seedPlace(): Promise<Place> {
  const startsAt = Date.now();
  const shop = await seedShop('live', `fast-${uuid().slice(0, 8)}`);
  const other = await seedShop('live');
  const sandbox = await seedShop('sandbox');
  const ware = await seedWare(shop, { content: 'blog/ünder/*' });
  const lapsing = await seedWare(shop, { content: 'blog/soon', name: 'soon' });
  await seedWare(shop, { content: 'blog/unsold', name: 'unsold' });
  const buyer = uuid();
  const [ending, stranger, member] = [uuid(), uuid(), uuid()];
  const { paymentId } = await seedPurchase(shop, ware, buyer);
  await seedGrant(shop, {
    customerId: buyer,
    benefitId: ware.benefitId,
    memberId: member,
    memberRole: 'member',
  });
  await seedExternal(shop, 'user ü/1', buyer);
  const endsAt = startsAt + 40_500;
  const subscriptionId = await seedSubscription(shop, {
    customerId: ending,
    productId: lapsing.productId,
    cancelAtPeriodEnd: true,
    endsAt,
    currentPeriodEnd: endsAt,
  });
  await seedGrant(shop, { customerId: ending, benefitId: lapsing.benefitId, subscriptionId });
  await seedPayment(shop, { status: 'pending', customerId: ending, productId: ware.productId });
  const bearers = [
    // A shop's own key asks most often.
    ...Array<string>(12).fill(shop.secretKey),
    other.secretKey,
    sandbox.secretKey,
    shop.publishableKey,
    await seedKey(shop.app, 'secret', { scopes: ['access:read'], expiresAt: startsAt + 20_000 }),
    await seedKey(shop.app, 'secret', { scopes: ['payments:read', 'refunds:write'] }),
    newToken('secret', 'live'),
    newToken('session', 'live'),
    env.FLOE_ADMIN_TOKEN,
    await seedSession(shop, { customerId: buyer }),
    await seedSession(shop, { customerId: buyer, expiresAt: startsAt + 20_000 }),
    await seedSession(shop, { customerId: buyer, memberId: member }),
    await seedSession(shop, { paymentId }),
    await seedSession(shop, { externalId: 'user ü/1' }),
    await seedSession(shop, {}),
    await seedSession(shop, { customerId: buyer, revokedAt: startsAt - DAY }),
    await seedSession(shop, { customerId: buyer, holder: 'gateway' }),
  ];
  return {
    shop,
    startsAt,
    authorizations: bearers.map((bearer) => `Bearer ${bearer}`),
    resources: [
      'content:blog/ünder/one',
      'content:blog/ünder/one',
      'content:blog/ünder/two',
      'content:blog/soon',
      'content:blog/unsold',
      'content:nowhere',
      `benefit:${ware.benefitId}`,
      `product:${ware.productId.toUpperCase()}`,
      `plan:${shop.app.product}:pro`,
    ],
    customers: [
      buyer,
      ending,
      'external:user ü/1',
      stranger,
      buyer.toUpperCase(),
      'external:nobody',
      'nobody',
    ],
    members: [member, uuid(), member.toUpperCase(), 'nobody'],
    tokens: await tokensFor(shop, startsAt, [buyer, ending, 'external:user ü/1']),
  };
}

async function tokensFor({ app }: Shop, startsAt: number, subjects: readonly string[]) {
  const mode = loadConfig(env).modes.live;
  if (!mode) throw new Error('live is not configured');
  const tokens: { key: string; token: string }[] = [];
  for (const sub of subjects) {
    const key = `entitlements:live:${app.id}:${sub}`;
    const scope = { iss: `${GATEWAY_URL}/live`, aud: app.slug, sub };
    // Young, middle-aged, too old, from a clock ahead; then of someone else, of nothing, and none at all.
    for (const ver of [
      startsAt,
      startsAt - 100_000,
      startsAt - 299_000,
      startsAt - 400_000,
      startsAt + 5_000,
    ])
      tokens.push({
        key,
        token: await signClaims(mode, buildClaims(scope, new Map([['content:blog/soon', null]]), ver)),
      });
    const foreign = { ...scope, sub: uuid() };
    tokens.push({
      key,
      token: await signClaims(mode, buildClaims(foreign, new Map([['content:nowhere', null]]), startsAt)),
    });
    tokens.push({ key, token: await signClaims(mode, buildClaims(scope, new Map(), startsAt)) });
    tokens.push({ key, token: 'rubbish' });
  }
  return tokens;
}

interface Asked {
  kind: 'ask';
  method: string;
  url: string;
  headers: [name: string, value: string][];
}
export type Step =
  | Asked
  | { kind: 'wait'; ms: number }
  | { kind: 'take-back' }
  | { kind: 'revoked-here' }
  | { kind: 'elsewhere' }
  | { kind: 'away'; what: 'd1' | 'kv'; is: boolean }
  | { kind: 'kv'; key: string; token: string };

/** Mostly what is asked every day, with every way in which it may be written otherwise. */
export function stepsAt(place: Place): fc.Arbitrary<Step[]> {
  const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
  const rarely = <T>(usual: T, odd: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: odd });
  const written = (value: string) =>
    fc.oneof(
      { weight: 30, arbitrary: fc.constant(encodeURIComponent(value)) },
      { weight: 1, arbitrary: fc.constant(new URLSearchParams([['', value]]).toString().slice(1)) },
      { weight: 1, arbitrary: fc.constant(value.replaceAll(/[&#+%]/g, encodeURIComponent)) },
      {
        weight: 1,
        arbitrary: oneOf([
          `%20${encodeURIComponent(value)}`,
          `${encodeURIComponent(value)}+`,
          `${value}%0a`,
          `${value}/`,
          '',
          '%',
          '%ff',
          'a'.repeat(601),
        ]),
      },
    );
  const parameter = (name: string, values: readonly string[]) =>
    oneOf(values)
      .chain(written)
      .map((value) => `${name}=${value}`);
  const resource = parameter('resource', place.resources);
  const customer = parameter('customer', place.customers);
  const maxAge = parameter('max_age', [
    '0',
    '0',
    '1',
    '30',
    '300',
    '300',
    '86400',
    '86401',
    '-1',
    '030',
    '1e2',
    'x',
  ]);
  const member = parameter('member', place.members);
  const odd = oneOf([
    '',
    'a=1',
    '__proto__=1',
    'Resource=x',
    '=x',
    'resource',
    'max_age=',
    'customer=',
    '&&',
    'resource[]=x',
    '%72esource=content:nowhere',
    '#max_age=0',
  ]);
  const asking = oneOf(place.authorizations).chain((usualBearer) => {
    // A key names a customer, and a session names nobody.
    const usual: fc.Arbitrary<string | null> = usualBearer.includes('floe_st_')
      ? fc.constant(null)
      : customer;
    return fc
      .tuple(
        resource,
        fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: fc.option(customer) }),
        fc.option(maxAge, { freq: 1 }),
        rarely<string[]>([], fc.array(fc.oneof(resource, customer, member, odd), { maxLength: 3 })),
        fc.boolean(),
      )
      .map(([asked, who, age, more, turned]) => {
        const parts = [asked, who, age, ...more].filter((part): part is string => typeof part === 'string');
        return { usualBearer, query: (turned ? parts.toReversed() : parts).join('&') };
      });
  });
  const authorization = rarely(
    (text: string) => text,
    oneOf<(text: string) => string>([
      (text) => text.replace('Bearer', 'bearer'),
      (text) => text.replace(' ', '  '),
      (text) => `${text} x`,
      (text) => text.slice(0, -1),
      (text) => text.slice('Bearer '.length),
      (text) => `Basic ${text.slice('Bearer '.length)}`,
      () => 'Bearer',
      () => '',
    ]),
  );
  const ask = fc
    .record({
      method: rarely('GET', oneOf(['HEAD', 'OPTIONS', 'POST', 'DELETE'])),
      origin: rarely('', oneOf([ORIGIN, 'https://elsewhere.dev', 'null'])),
      host: rarely(GATEWAY_URL, oneOf(['https://elsewhere.dev', `${GATEWAY_URL}.dev`])),
      path: rarely(
        '/v1/access?',
        oneOf([
          '/v1/access/?',
          '/v1/%61ccess?',
          '//v1/access?',
          '/v1/access',
          '/V1/access?',
          '/x/v1/access?',
        ]),
      ),
      asking,
      authorization,
      header: rarely<[string, string] | undefined>(
        undefined,
        oneOf([
          ['cookie', 'a=b'],
          ['accept', 'text/html'],
          ['x-http-method-override', 'POST'],
        ]),
      ),
    })
    .map((made): Asked => {
      const credential = made.authorization(made.asking.usualBearer);
      const headers: Asked['headers'] = [];
      if (credential !== '') headers.push(['authorization', credential]);
      if (made.origin !== '') headers.push(['origin', made.origin]);
      if (made.header) headers.push(made.header);
      return { kind: 'ask', method: made.method, url: made.host + made.path + made.asking.query, headers };
    });
  const change = fc.oneof(
    fc.record({
      kind: fc.constant('wait' as const),
      ms: oneOf([1, 999, 4_999, 5_000, 20_000, 30_000, 40_499, 100_000, 300_000]),
    }),
    oneOf<Step>([{ kind: 'take-back' }, { kind: 'revoked-here' }, { kind: 'elsewhere' }]),
    fc.record({ kind: fc.constant('away' as const), what: oneOf(['d1', 'kv'] as const), is: fc.boolean() }),
    oneOf(place.tokens).map(({ key, token }): Step => ({ kind: 'kv', key, token })),
  );
  // The same question comes again and again, as that is what is remembered; now and then it wants to know for certain.
  const again = fc.record({ kind: fc.constant('again' as const), at: fc.nat(2), surely: fc.boolean() });
  const order = fc.array(fc.oneof({ weight: 3, arbitrary: again }, { weight: 1, arbitrary: change }), {
    minLength: 4,
    maxLength: 12,
  });
  return fc.tuple(fc.array(ask, { minLength: 1, maxLength: 3 }), order).map(([asked, steps]) =>
    steps.flatMap((step): Step[] => {
      if (step.kind !== 'again') return [step];
      const question = asked[step.at % asked.length];
      if (!question) return [];
      const isSettled = !step.surely || question.url.includes('max_age');
      return [isSettled ? question : { ...question, url: `${question.url}&max_age=0` }];
    }),
  );
}

type Way = (request: Request, bindings: Bindings, context: ExecutionContext) => Promise<Response | undefined>;

export const fastPath: Way = async (request, bindings, context) =>
  answerAccess(request, () => createServices(bindings, context));

const app = createApp();
export const generalPath: Way = async (request, bindings, context) => app.fetch(request, bindings, context);

/** What D1 answered, so that stories need not wait for it: it is in one of two states, and time stands still between steps. */
export function openStories(place: Place) {
  const answers = new Map<string, Promise<D1Result>>();
  let isTakenBack = false;
  const setState = async (next: boolean) => {
    if (isTakenBack === next) return;
    isTakenBack = next;
    const { id } = place.shop.app;
    const at = next ? place.startsAt : null;
    await env.DB.batch([
      env.DB.prepare('update api_keys set revoked_at = ?1 where app_id = ?2').bind(at, id),
      env.DB.prepare('update sessions set revoked_at = ?1 where app_id = ?2 and revoked_at is not ?3').bind(
        at,
        id,
        place.startsAt - DAY,
      ),
      env.DB.prepare(
        'update grants set is_granted = ?1, is_revoked = ?2, revoked_at = ?3 where app_id = ?4',
      ).bind(Number(!next), Number(next), at, id),
    ]);
  };
  let turn = Promise.resolve();
  const read = (state: boolean, text: string, values: unknown[]): Promise<D1Result> => {
    const key = JSON.stringify([state, text, values]);
    const known = answers.get(key);
    if (known) return known;
    const answer = turn.then(async () => {
      await setState(state);
      return env.DB.prepare(text)
        .bind(...values)
        .all();
    });
    turn = answer.then(() => undefined);
    answers.set(key, answer);
    return answer;
  };

  /** Tells a story to one way; the answers, and how many it left to the other. */
  const tell = async (steps: readonly Step[], way: Way) => {
    let takenBack = false;
    const away = { d1: false, kv: false };
    const kv = new Map<string, string>();
    const bindings = {
      ...env,
      DB: {
        prepare: (text: string) => ({
          bind: (...values: unknown[]) => ({
            all: async () => {
              if (away.d1) throw new Error('D1_ERROR: is away');
              return read(takenBack, text, values);
            },
          }),
        }),
      },
      ENTITLEMENTS: {
        get: async (key: string) => {
          if (away.kv) throw new Error('KV is away');
          return kv.get(key) ?? null;
        },
        put: async (key: string, token: string) => {
          if (away.kv) throw new Error('KV is away');
          kv.set(key, token);
        },
      },
    } as unknown as Bindings;
    vi.setSystemTime(place.startsAt);
    forgetAllTokens();
    forgetCallers();
    const told: (Answer | undefined)[] = [];
    for (const step of steps) {
      if (step.kind === 'wait') vi.setSystemTime(Date.now() + step.ms);
      if (step.kind === 'take-back') takenBack = true;
      if (step.kind === 'revoked-here') forgetCallers();
      if (step.kind === 'elsewhere') forgetAllTokens();
      if (step.kind === 'away') away[step.what] = step.is;
      if (step.kind === 'kv') kv.set(step.key, step.token);
      if (step.kind !== 'ask') continue;
      const behind: Promise<unknown>[] = [];
      const context = {
        waitUntil: (promise: Promise<unknown>) => void behind.push(promise),
        passThroughOnException: () => undefined,
      } as unknown as ExecutionContext;
      const { method, url, headers } = step;
      const ask = (by: Way) => by(new Request(url, { method, headers }), bindings, context);
      const response = await ask(way);
      told.push(response && (await readAnswer(response)));
      // What it left is answered all the same, as what comes next depends on what is remembered then.
      if (!response) await (await ask(generalPath))?.text();
      await Promise.all(behind);
    }
    return told;
  };
  return { tell };
}

interface Answer {
  status: number;
  headers: string;
  body: string;
}

/** All of an answer but what is different each time. */
async function readAnswer(response: Response): Promise<Answer> {
  const id = response.headers.get('x-request-id') ?? '';
  const headers = [...response.headers].sort().map(([name, value]) => `${name}: ${value}`);
  const sameId = (text: string) => (/^req_[0-9a-f-]{36}$/.test(id) ? text.replaceAll(id, 'req') : text);
  return {
    status: response.status,
    headers: sameId(headers.join('\n')),
    body: sameId(await response.text()),
  };
}
