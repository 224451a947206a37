import { Hono } from 'hono';
import type { ModeConfig } from '../../src/base/config.ts';
import type { SigningKey } from '../../src/base/settings.ts';
import { buildClaims, type EntitlementClaims, TOKEN_TYPE } from '../../src/access/entitlement-token.rules.ts';
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
}

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
    cacheControl: 'public, max-age=3600',
  };
  const claimsOf = (holder: Holder, at = clock.now, has = holder.has): EntitlementClaims =>
    buildClaims({ iss: `${GATEWAY}/live`, aud: holder.app, sub: holder.sub }, has, at);

  const app = new Hono();
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
    return holder ? c.json({ app: holder.app }) : problem('unauthorized');
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
      const holder: Holder = { sub, app, has: new Map(has.map((name) => [name, null])), reason };
      const token = sessionToken(letter);
      sessions.set(token, holder);
      return { token, holder };
    },
    asked: (path: string) => calls.filter((call) => call.path.startsWith(path)),
  };
}

export type FakeGateway = Awaited<ReturnType<typeof openFakeGateway>>;

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
