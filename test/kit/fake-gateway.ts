import { Hono } from 'hono';
import type { ModeConfig } from '../../src/base/config.ts';
import type { SigningKey } from '../../src/base/settings.ts';
import { buildClaims, type EntitlementClaims, TOKEN_TYPE } from '../../src/access/entitlement-token.rules.ts';
import type { Feature } from '../../src/access/features.rules.ts';
import { Problem, type ProblemCode, problemResponse } from '../../src/base/problem.ts';
import { publicJwks, signClaims } from '../../src/base/signing.ts';

/*
 * As much of the gateway as the kit talks to, at HTTP, with the gateway's own claims and signatures.
 */

export const GATEWAY = 'https://floe.example.com';
export const APP = 'quay-live';
export const SECRET_KEY = `floe_sk_live_${'s'.repeat(43)}`;
export const PUBLISHABLE_KEY = `floe_pk_live_${'p'.repeat(43)}`;
export const RESOURCE = 'content:blog/premium';
export type Mode = 'live' | 'sandbox';

/** A session token that looks like the gateway's. */
export const sessionToken = (letter: string, mode: Mode = 'live') => `floe_st_${mode}_${letter.repeat(43)}`;

interface Holder {
  sub: string;
  app: string;
  has: Map<string, number | null>;
  /** What a "no" says. */
  reason: string;
  /** What `GET /v1/session` says of it. */
  is: { proof: 'purchase' | 'app' | 'email'; email: string | null; subject: Subject };
}

interface Subject {
  payment_id: string | null;
  customer_id: string | null;
  external_id: string | null;
  member_id: string | null;
}
const NOBODY: Subject = { payment_id: null, customer_id: null, external_id: null, member_id: null };

/** A product as the gateway shows it. */
export const fakeProduct = (change: object = {}) => ({
  id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
  name: 'quay:monthly',
  description: null,
  is_recurring: true,
  recurring_interval: 'month',
  recurring_interval_count: 1,
  trial_interval: null,
  trial_interval_count: null,
  prices: [{ id: 'price_1', amount_type: 'fixed', price_currency: 'eur', price_amount: 900 }],
  benefits: [],
  images: [],
  is_archived: false,
  collection: null,
  content_ids: [],
  created_at: null,
  ...change,
});

/** An error as the gateway itself says it. */
export const problem = (code: ProblemCode) => problemResponse(new Problem(code), 'req_1');

/** A new Ed25519 key, as the gateway is configured with. */
export async function newSigningKey(kid: string): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('no key pair');
  const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey);
  if (!('x' in jwk && 'd' in jwk) || !jwk.x || !jwk.d) throw new Error('no private key');
  return { kty: 'OKP', crv: 'Ed25519', kid, x: jwk.x, d: jwk.d, sign_from: 0 };
}

/** One mode's configuration, as far as signing needs it. */
function modeWith(...signingKeys: SigningKey[]): ModeConfig {
  return { accessToken: '', apiUrl: '', organizationId: '', webhookSecrets: [], signingKeys };
}

/** A gateway of its own, and a clock. */
export async function openFakeGateway() {
  const modes = {
    live: modeWith(await newSigningKey('live-1')),
    sandbox: modeWith(await newSigningKey('sandbox-1')),
  };
  const clock = { now: Date.UTC(2026, 10, 21, 12) };
  const sessions = new Map<string, Holder>();
  const codes = new Map<
    string,
    { callback: string; session: string; challenge?: string; productId?: string }
  >();
  const calls: { method: string; path: string; authorization: string | null; body: string }[] = [];
  const state = {
    /** Nothing answers. */
    isDown: false,
    /** So many answers get lost after the work was done. */
    losesAnswers: 0,
    /** Only the key sets do not. */
    areKeysDown: false,
    /** What `GET /v1/access` answers instead, once each. */
    instead: [] as Response[],
    /** Behind the database by so many milliseconds, where a cached answer will do. */
    cacheLag: undefined as { ms: number; has: Map<string, number | null> } | undefined,
    /** What features are worth, by their name. */
    features: new Map<string, Feature>(),
    cacheControl: 'public, max-age=3600',
    /** What opens each resource. */
    products: new Map<string, object[]>(),
    /** By customer. */
    payments: [] as Listed[],
    subscriptions: [] as Listed[],
    /** What a call answers instead, by its method and path, once each. */
    refusals: new Map<string, Response[]>(),
    /** Sign-ins that were begun, with the code that was mailed. */
    attempts: new Map<string, { browserToken: string; code: string; link: string; email: string }>(),
    /** Whose session somebody gets who signs in with this address. */
    addresses: new Map<string, string>(),
  };
  const claimsOf = (holder: Holder, at = clock.now, has = holder.has): EntitlementClaims =>
    buildClaims({ iss: `${GATEWAY}/live`, aud: holder.app, sub: holder.sub }, has, at, state.features);

  const app = new Hono();
  app.use('/v1/*', async (c, next) => {
    const refusal = state.refusals.get(`${c.req.method} ${c.req.path}`)?.shift();
    return refusal ?? next();
  });
  for (const mode of ['live', 'sandbox'] as const) {
    app.get(`/${mode}/.well-known/jwks.json`, (c) => {
      if (state.areKeysDown) return c.json({ title: 'away' }, 503);
      return c.json({ keys: publicJwks(modes[mode]) }, 200, { 'cache-control': state.cacheControl });
    });
  }
  app.get('/v1/access', async (c) => {
    const instead = state.instead.shift();
    if (instead) return instead;
    const holder = sessions.get(bearer(c.req.header('authorization')));
    if (!holder) return problem('unauthorized');
    const resource = c.req.query('resource') ?? '';
    const lag = c.req.query('max_age') === '0' ? undefined : state.cacheLag;
    const claims = claimsOf(holder, clock.now - (lag?.ms ?? 0), lag?.has);
    const allow = claims.ent.includes(resource);
    if (!allow && holder.reason === 'pending_payment') c.header('retry-after', '2');
    return c.json({
      resource,
      allow,
      reason: allow ? 'granted' : holder.reason,
      expires_at: null,
      customer: null,
      token: allow ? await signClaims(modes.live, claims) : null,
    });
  });
  const exchanged = new Map<string, { fingerprint: string; answer: object }>();
  app.post('/v1/sessions/exchange', async (c) => {
    const fingerprint = await c.req.text();
    const body = JSON.parse(fingerprint) as Record<string, string>;
    const key = c.req.header('idempotency-key') ?? '';
    const known = exchanged.get(key);
    if (known)
      return known.fingerprint === fingerprint ? c.json(known.answer) : problem('idempotency_mismatch');
    const held = codes.get(body['code'] ?? '');
    const proof = body['code_verifier'] === undefined ? undefined : await challengeOf(body['code_verifier']);
    if (!held || held.callback !== body['callback_url'] || held.challenge !== proof)
      return problem('invalid_code');
    if (proof === undefined && bearer(c.req.header('authorization')) !== SECRET_KEY)
      return problem('invalid_code');
    codes.delete(body['code'] ?? '');
    const answer = {
      session: held.session,
      expires_at: new Date(clock.now + 30 * 86_400_000).toISOString(),
      subject: { payment_id: 'pay_1', customer_id: null },
      payment: { id: 'pay_1', product: { id: held.productId ?? null } },
    };
    if (key !== '') exchanged.set(key, { fingerprint, answer });
    return c.json(answer);
  });
  app.delete('/v1/session', (c) => {
    const known = sessions.delete(bearer(c.req.header('authorization')));
    return known ? c.body(null, 204) : problem('unauthorized');
  });
  app.get('/v1/session', (c) => {
    const holder = sessions.get(bearer(c.req.header('authorization')));
    if (!holder) return problem('unauthorized');
    return c.json({ app: holder.app, ...holder.is });
  });
  const isSecret = (authorization: string | undefined) => bearer(authorization) === SECRET_KEY;
  app.get('/v1/products', (c) =>
    c.json({ data: state.products.get(c.req.query('resource') ?? '') ?? [], next_cursor: null }),
  );
  app.post('/v1/payments', async (c) => {
    if (!isSecret(c.req.header('authorization'))) return problem('unauthorized');
    return c.json({ id: `pay_${'0'.repeat(26)}`, checkout_url: 'https://polar.example/checkout/1' }, 201);
  });
  app.get('/v1/payments', (c) => c.json(list(state.payments, c.req.query())));
  app.get('/v1/subscriptions', (c) => c.json(list(state.subscriptions, c.req.query())));
  app.get('/v1/payments/:id', (c) => {
    const found = state.payments.find(({ id }) => id === c.req.param('id'));
    return found ? c.json(found) : problem('not_found');
  });
  app.get('/v1/subscriptions/:id', (c) => {
    const found = state.subscriptions.find(({ id }) => id === c.req.param('id'));
    return found ? c.json(found) : problem('not_found');
  });
  app.get('/v1/payments/:id/invoice', (c) =>
    c.json({ url: `https://polar.example/invoices/${c.req.param('id')}`, expires_at: null }),
  );
  app.post('/v1/sign-in', async (c) => {
    const { email } = await c.req.json<{ email: string }>();
    const id = `sia_${String(state.attempts.size).padStart(26, '0')}`;
    const secret = (letter: string) => letter.repeat(43);
    state.attempts.set(id, { browserToken: secret('b'), code: '023360', link: secret('l'), email });
    const expires = new Date(clock.now + 900_000).toISOString();
    return c.json({ attempt: id, browser_token: secret('b'), expires_at: expires }, 202);
  });
  const verified = new Map<string, object>();
  app.post('/v1/sign-in/verify', async (c) => {
    const key = c.req.header('idempotency-key') ?? '';
    const known = verified.get(key);
    if (known) return c.json(known);
    const { attempt, browser_token, code, link_token } = await c.req.json<Record<string, string>>();
    const begun = state.attempts.get(attempt ?? '');
    const isRight =
      begun?.browserToken === browser_token &&
      (code === undefined ? begun?.link === link_token : begun?.code === code);
    const session = state.addresses.get(begun?.email ?? '');
    if (!isRight || session === undefined) return problem('invalid_code');
    state.attempts.delete(attempt ?? '');
    const expires = new Date(clock.now + 30 * 86_400_000).toISOString();
    const answer = { session, expires_at: expires, subject: NOBODY, replaced: false, others: [] };
    verified.set(key, answer);
    return c.json(answer);
  });

  const send = async (url: string, init: RequestInit): Promise<Response> => {
    const request = new Request(url, init);
    if (!url.startsWith(`${GATEWAY}/`)) throw new Error(`a request to ${url}`);
    calls.push({
      method: request.method,
      path: url.slice(GATEWAY.length),
      authorization: request.headers.get('authorization'),
      body: await request.clone().text(),
    });
    if (state.isDown) throw new TypeError('fetch failed');
    const answer = await app.fetch(request);
    if (state.losesAnswers > 0 && state.losesAnswers--) throw new TypeError('connection closed');
    return answer;
  };
  return {
    state,
    clock,
    modes,
    sessions,
    codes,
    calls,
    fetch: send,
    now: () => clock.now,
    /** Signs as the gateway would; `change`: what the claims say instead. */
    sign: (claims: EntitlementClaims, mode: Mode = 'live') => signClaims(modes[mode], claims),
    claims: (change: Partial<EntitlementClaims> = {}): EntitlementClaims => ({
      ...buildClaims(
        { iss: `${GATEWAY}/live`, aud: APP, sub: 'customer-1' },
        new Map([[RESOURCE, null]]),
        clock.now,
      ),
      ...change,
    }),
    /** Somebody with a session, who has `has`. */
    signIn(
      letter: string,
      sub: string,
      has: readonly string[] = [RESOURCE],
      reason = 'not_granted',
      app = APP,
    ) {
      const is: Holder['is'] = { proof: 'purchase', email: null, subject: NOBODY };
      const holder: Holder = { sub, app, has: new Map(has.map((name) => [name, null])), reason, is };
      const token = sessionToken(letter);
      sessions.set(token, holder);
      return { token, holder };
    },
    asked: (path: string) => calls.filter((call) => call.path.startsWith(path)),
  };
}

export type FakeGateway = Awaited<ReturnType<typeof openFakeGateway>>;

/** What lists of payments and subscriptions are filtered by. */
interface Listed {
  id: string;
  status: string;
  customer: { id: string | null; external_id?: string | null };
}

/** The newest of a customer's, by Polar's id or the site's own name for them. */
function list(entries: readonly Listed[], { customer, status, limit = '20' }: Record<string, string>) {
  const found = entries
    .filter((each) => each.customer.id === customer || `external:${each.customer.external_id}` === customer)
    .filter((each) => status === undefined || each.status === status);
  const data = found.slice(0, Number(limit));
  return { data, next_cursor: found.length > data.length ? 'next' : null };
}

/** S256 of RFC 7636. */
export async function challengeOf(verifier: string): Promise<string> {
  return encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

/** Base64url. */
export function encode(value: Uint8Array | string): string {
  return Buffer.from(value).toString('base64url');
}

/** A JWT signed with `key` under a header of one's choice. */
export async function forge(claims: object, key: SigningKey, header: object = {}): Promise<string> {
  const { kty, crv, x, d } = key;
  const signer = await crypto.subtle.importKey('jwk', { kty, crv, x, d }, { name: 'Ed25519' }, false, [
    'sign',
  ]);
  const head = encode(JSON.stringify({ typ: TOKEN_TYPE, alg: 'Ed25519', kid: key.kid, ...header }));
  const content = `${head}.${encode(JSON.stringify(claims))}`;
  const signature = await crypto.subtle.sign({ name: 'Ed25519' }, signer, new TextEncoder().encode(content));
  return `${content}.${encode(new Uint8Array(signature))}`;
}

function bearer(header: string | undefined): string {
  return header?.replace(/^Bearer /, '') ?? '';
}
