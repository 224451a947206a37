import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProblemCode } from '../../src/base/problem.ts';
import type { AnyRouteSpec } from '../../src/http/route.ts';
import { PROBLEMS_ANYWHERE, problemsOf } from '../../src/http/route-docs.ts';
import { routeDocs } from '../../src/index.docs.ts';
import { fetchGateway } from '../harness/front-door.ts';
import { call, createWorld, GATEWAY_URL, ORIGIN, type TestApp, type World } from '../harness/harness.ts';
import { PROVOKED } from './provoked-problems.ts';

/* Every problem that the API reference names at a route is provoked by a test. */

/** They come from one place whatever the route is, so they are provoked at one of them. */
const FROM_ONE_PLACE: readonly ProblemCode[] = [
  'validation_failed',
  'forbidden_origin',
  'idempotency_in_progress',
  'idempotency_mismatch',
  'method_not_allowed',
  'mode_not_configured',
  'invalid_form',
  'rate_limited',
  'polar_failed',
  'polar_rejected',
  'polar_scope_missing',
  'polar_unavailable',
  'payment_failed',
  'subscription_ended',
  'subscription_ending',
  'subscription_inactive',
  'subscription_locked',
];

/** Problems that one function finds for several routes, by the route at which it is provoked. */
const SAME_CHECK: Readonly<Record<string, string>> = {
  'GET /sign-in not_found': 'GET /checkout/:app not_found',
  'POST /sign-in not_found': 'GET /checkout/:app not_found',
  'GET /sign-in/code not_found': 'GET /checkout/:app not_found',
  'POST /sign-in/code not_found': 'GET /checkout/:app not_found',
  'GET /portal not_found': 'GET /checkout/:app not_found',
  'GET /checkout/:app foreign_discount_codes': 'POST /v1/checkout foreign_discount_codes',
  'GET /gift/:app/:code not_found': 'POST /gift/:app/:code not_found',
  'POST /v1/gifts/:id/resend mail_not_configured': 'POST /v1/gifts mail_not_configured',
  'POST /v1/gifts product_archived': 'POST /v1/payments product_archived',
  'POST /v1/gifts unknown_discount': 'POST /v1/payments unknown_discount',
  'PATCH /v1/campaigns/:id conflict': 'POST /v1/campaigns conflict',
  'POST /v1/checkout-links product_archived': 'POST /v1/payments product_archived',
  'POST /v1/checkout-links foreign_discount_codes': 'POST /v1/payments foreign_discount_codes',
  'PATCH /v1/checkout-links/:id unknown_product': 'POST /v1/checkout-links unknown_product',
  'PATCH /v1/checkout-links/:id product_archived': 'POST /v1/payments product_archived',
  'PATCH /v1/checkout-links/:id unknown_discount': 'POST /v1/checkout-links unknown_discount',
  'PATCH /v1/checkout-links/:id foreign_discount_codes': 'POST /v1/payments foreign_discount_codes',
  'PATCH /v1/checkout-links/:id disallowed_url': 'POST /v1/checkout-links disallowed_url',
  'GET /checkout/:app/:link unknown_product': 'POST /v1/payments unknown_product',
  'GET /checkout/:app/:link product_archived': 'POST /v1/payments product_archived',
  'GET /checkout/:app/:link foreign_discount_codes': 'POST /v1/payments foreign_discount_codes',
  'GET /checkout/:app/:link disallowed_url': 'POST /v1/payments disallowed_url',
  // What a refund is refused for.
  'POST /v1/gifts/:id/cancel refunds_blocked': 'POST /v1/payments/:id/refunds refunds_blocked',
  'POST /v1/gifts/:id/cancel nothing_to_refund': 'POST /v1/payments/:id/refunds nothing_to_refund',
  'POST /v1/gifts/:id/cancel already_refunded': 'POST /v1/payments/:id/refunds already_refunded',
  'POST /v1/gifts/:id/cancel payment_disputed': 'POST /v1/payments/:id/refunds payment_disputed',
  'POST /v1/gifts/:id/cancel amount_too_large': 'POST /v1/payments/:id/refunds amount_too_large',
  'POST /sign-in mail_not_configured': 'GET /sign-in mail_not_configured',
  // Of two at once, one: who loses is refused by the same statement.
  'POST /v1/replays conflict': 'POST /v1/deliveries/:id/replay conflict',
  'POST /v1/webhook-endpoints/:id/recover conflict': 'POST /v1/deliveries/:id/replay conflict',
  'POST /admin/reapply conflict': 'POST /admin/polar-events/:id/reapply conflict',
};

const names = (route: AnyRouteSpec) => `${route.method.toUpperCase()} ${route.path}`;
const routes = routeDocs.map(([route, docs]) => ({
  name: names(route),
  route,
  // What any address may answer is provoked by test/hear/faults.test.ts and others.
  problems: problemsOf(route, docs).filter((code) => !PROBLEMS_ANYWHERE.includes(code)),
}));
const seen = new Set<string>();
let world: World;
let quay: TestApp;

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
});

/** Calls a route with what is wrong in one way, and notes its problem. */
async function provoke(
  { name, route }: (typeof routes)[number],
  code: ProblemCode,
  init: Parameters<typeof call>[2],
) {
  const path = route.path.replaceAll(/:\w+/g, crypto.randomUUID());
  const { body } = await call<{ code?: string }>(route.method.toUpperCase(), path, init);
  expect(body.code, name).toBe(code);
  seen.add(`${name} ${code}`);
}

/** A key that the route accepts. */
function keyFor({ auth }: AnyRouteSpec): string {
  if (auth.includes('operator')) return env.FLOE_ADMIN_TOKEN;
  return auth.includes('secret') ? quay.secretKey : quay.publishableKey;
}

const having = (code: ProblemCode) =>
  routes
    .filter(({ problems, route }) => problems.includes(code) && !route.form)
    .map((each) => [each.name, each] as const);

describe('a route', () => {
  it.each(having('unauthorized'))('%s is refused without a key', (_, each) =>
    provoke(each, 'unauthorized', {}),
  );
  it.each(having('forbidden_key'))('%s is refused with a key for something else', (_, each) =>
    provoke(each, 'forbidden_key', {
      key: each.route.auth.includes('operator') ? quay.secretKey : env.FLOE_ADMIN_TOKEN,
    }),
  );
  it.each(having('invalid_json'))('%s is refused with a body that is no JSON', (_, each) =>
    provoke(each, 'invalid_json', { key: keyFor(each.route), rawBody: '{' }),
  );
  it.each(having('unsupported_media_type'))('%s is refused with a body of another type', (_, each) =>
    provoke(each, 'unsupported_media_type', {
      key: keyFor(each.route),
      rawBody: '{}',
      headers: { 'content-type': 'text/plain' },
    }),
  );
  it.each(having('payload_too_large'))('%s is refused with a body that is too large', (_, each) =>
    provoke(each, 'payload_too_large', { key: keyFor(each.route), rawBody: `"${'x'.repeat(1_100_000)}"` }),
  );
});

/** Asks for one problem at a route, `GET /v1/payments/:id`, by an address of it. */
async function expectProblem(
  name: string,
  code: ProblemCode,
  path: string,
  init: Parameters<typeof call>[2] = {},
): Promise<void> {
  const headers = { accept: 'application/json', ...init.headers };
  const { body } = await call<{ code?: string }>(name.split(' ')[0] ?? '', path, { ...init, headers });
  expect(body?.code, name).toBe(code);
  seen.add(`${name} ${code}`);
}

describe('what the operator names wrongly', () => {
  const key = env.FLOE_ADMIN_TOKEN;

  it('is not there: not_found', async () => {
    await expectProblem('GET /admin/apps/:app', 'not_found', '/admin/apps/none', { key });
    await expectProblem('PATCH /admin/apps/:app', 'not_found', '/admin/apps/none', {
      key,
      body: { name: 'None' },
    });
    await expectProblem('POST /admin/apps/:app/keys', 'not_found', '/admin/apps/none/keys', {
      key,
      body: { kind: 'secret' },
    });
    await expectProblem('GET /admin/apps/:app/keys', 'not_found', '/admin/apps/none/keys', { key });
    await expectProblem(
      'POST /admin/products/:id/owner',
      'not_found',
      `/admin/products/${crypto.randomUUID()}/owner`,
      {
        key,
        body: { mode: 'sandbox', app: 'none' },
      },
    );
  });

  it('is in the way of another app: conflict', async () => {
    await world.createApp({ product: 'atlas', ownsUnclaimed: true });
    const body = { owns_unclaimed: true };
    await expectProblem('PATCH /admin/apps/:app', 'conflict', `/admin/apps/${quay.slug}`, { key, body });
  });
});

it.each(['live', 'sandbox'])(
  'a mode without a configuration has no keys, as %s here: not_found',
  async (mode) => {
    const isOther = ([name]: [string, unknown]) => !name.includes(`_${mode.toUpperCase()}_`);
    const bindings = Object.fromEntries(Object.entries(env).filter(isOther));
    const path = `/${mode}/.well-known/jwks.json`;
    const response = await fetchGateway(new Request(`${GATEWAY_URL}${path}`), bindings);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
    seen.add(`GET ${path} not_found`);
  },
);

describe('what a browser asks for', () => {
  it('is not sold any more, or has no such discount: product_archived, unknown_discount', async () => {
    const { id } = await world.createProduct({ name: 'quay:old' });
    const browser = { key: quay.publishableKey, headers: { origin: ORIGIN } };
    const body = { product_id: id };
    const discount_code = 'NEVER';
    await expectProblem('POST /v1/checkout', 'unknown_discount', '/v1/checkout', {
      ...browser,
      body: { ...body, discount_code },
    });
    await world.polar('sandbox', 'PATCH', `/v1/products/${id}`, { is_archived: true });
    await world.settle();
    await expectProblem('POST /v1/checkout', 'product_archived', '/v1/checkout', { ...browser, body });
    await expectProblem('GET /checkout/:app', 'product_archived', `/checkout/${quay.slug}?product=${id}`);
  });

  const forms = routes.filter(({ route }) => route.form).map((each) => [each.name, each.route.path] as const);
  const own = { origin: GATEWAY_URL };
  const form = { ...own, 'content-type': 'application/x-www-form-urlencoded' };

  it.each(forms)('%s by something else than its form: unsupported_media_type', (name, path) =>
    expectProblem(name, 'unsupported_media_type', path, { rawBody: '{}', headers: own }),
  );
  it.each(forms)('%s by a form that is too large: payload_too_large', (name, path) =>
    expectProblem(name, 'payload_too_large', path, { rawBody: 'x'.repeat(100_000), headers: form }),
  );
  it.each(forms)('%s by an old form: invalid_form', (name, path) => {
    const rawBody = new URLSearchParams({
      app: quay.slug,
      form_token: 'old',
      email: 'ada@readers.dev',
      code: '123456',
    }).toString();
    return expectProblem(name, 'invalid_form', path, { rawBody, headers: form });
  });
});

describe('the problems in the API reference', () => {
  afterAll(() => seen.clear());

  it('are each provoked by a test', () => {
    for (const ofFile of Object.values(PROVOKED))
      for (const [route, codes] of Object.entries(ofFile))
        for (const code of codes) seen.add(`${route} ${code}`);
    const somewhere = new Set([...seen].map((each) => each.split(' ')[2]));
    const isProvoked = (route: string, code: ProblemCode) =>
      seen.has(`${route} ${code}`) ||
      seen.has(SAME_CHECK[`${route} ${code}`] ?? '') ||
      (FROM_ONE_PLACE.includes(code) && somewhere.has(code));
    const missing = routes.flatMap(({ name, problems }) =>
      problems.filter((code) => !isProvoked(name, code)).map((code) => `${name} ${code}`),
    );
    expect(missing, 'provoke it by a test, and name its file in provoked-problems.ts').toEqual([]);
  });

  it('are the only ones of which a test is named', () => {
    const named = Object.values(PROVOKED).flatMap((ofFile) =>
      Object.entries(ofFile).flatMap(([route, codes]) => codes.map((code) => `${route} ${code}`)),
    );
    const documented = new Set(
      routes.flatMap(({ name, problems }) => problems.map((code) => `${name} ${code}`)),
    );
    expect(
      named.filter((each) => !documented.has(each) && !/ (unavailable|internal_error)$/.test(each)),
    ).toEqual([]);
  });
});
