import { exports } from 'cloudflare:workers';
import { createPolar } from '@polar-sh/sdk/2026-10';
import { verifyEntitlements } from '../../packages/kit/entitlements.ts';
import { featureValue, hasFeature } from '../../packages/kit/features.ts';
import { createGate } from '../../packages/kit/gate.ts';
import { GATEWAY_URL, SANDBOX_API_URL } from '../harness/bindings.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';
import { FLAG } from './kinds-of-benefits.ts';

/* A shop whose customers buy, are refunded and so on by Polar's own SDK, and what is seen of them at the gateway. */

export type Polar = ReturnType<typeof createPolar>;

const SITE = 'https://shop.example-site.dev';

export interface Holder {
  customerId: string;
  memberId?: string;
}

/** What is seen of a benefit, in all three places. */
export interface Look {
  answers: { resource: string; allow: boolean; reason: string; values?: Record<string, unknown> }[];
  /** Null: there is nothing that a token could say. */
  claims: { ent: string[]; feat?: Record<string, Record<string, unknown>> } | null;
  kit: {
    /** What a gate says of each resource. */
    gate: { allow: boolean; reason: string }[];
    /** What the token says without any request. */
    offline: boolean[];
    hasFeature: boolean;
    limit: number;
  };
  /** `state` of each of `/v1/grants`, sorted. */
  grants: string[];
  /** How many `/v1/downloads` has. */
  files: number;
  /** `code` of `/v1/license-keys/validate` for each key that Polar gave the customer by the benefit, sorted. */
  keys: string[];
  /** The events about grants that came since the last look. */
  told: string[];
}

export async function openShop() {
  const world = await createWorld();
  const app = await world.createApp({ product: 'quay' });
  const polar = createPolar({
    accessToken: world.organizations.sandbox.accessToken,
    baseUrl: SANDBOX_API_URL,
  });
  const portalOf = (token: string) =>
    createPolar({ accessToken: token, baseUrl: SANDBOX_API_URL }).customerPortal;
  const settle = () => world.settle();

  /** Buys, as the site and the buyer's browser do. @returns the customer */
  const buy = async (
    productId: string,
    email: string,
    more: Record<string, unknown> = {},
  ): Promise<Holder> => {
    const { checkoutUrl } = await startPayment(app, productId, more);
    const secret = new URL(checkoutUrl).pathname.split('/').pop() ?? '';
    await polar.checkouts.clientConfirm(secret, {
      customer_email: email,
      customer_name: 'Ada Buyer',
      customer_billing_address: { country: 'DE' },
      confirmation_token_id: 'ctoken_ok',
    });
    await settle();
    const { items } = await polar.customers.list({ email });
    return { customerId: items[0]?.id ?? '' };
  };

  return { world, app, polar, portalOf, settle, buy, look: openLook(world, app) };
}

export type Shop = Awaited<ReturnType<typeof openShop>>;

function openLook(world: World, app: TestApp) {
  /** How many events each customer's last look has counted. */
  const counted = new Map<string, number>();
  return async (holder: Holder, benefitId: string, resources: readonly string[]): Promise<Look> => {
    await world.settle();
    const all = world.received
      .map(({ body }) => JSON.parse(body) as Told)
      .filter(
        ({ type, data }) => type.startsWith('grant.') && data.polar?.data?.customer_id === holder.customerId,
      );
    const told = all.slice(counted.get(holder.customerId) ?? 0).map(({ type }) => type);
    counted.set(holder.customerId, all.length);
    const who = {
      customer: holder.customerId,
      ...(holder.memberId === undefined ? {} : { member: holder.memberId }),
    };
    const { body } = await call<{ results: Look['answers']; token: string | null }>(
      'POST',
      '/v1/access/batch',
      {
        key: app.secretKey,
        body: { ...who, resources, max_age: 0 },
      },
    );
    return {
      answers: body.results,
      claims: body.token === null ? null : readClaims(body.token),
      kit: await lookByKit(app, { who, resources, token: body.token }),
      ...(await lookByUse(app, { who, benefitId })),
      keys: await lookAtKeys({ world, app }, { customerId: holder.customerId, benefitId }),
      told,
    };
  };
}

/** What the routes of grants and files say. */
async function lookByUse(
  app: TestApp,
  { who, benefitId }: { who: Record<string, string>; benefitId: string },
): Promise<Pick<Look, 'grants' | 'files'>> {
  const key = app.secretKey;
  const query = new URLSearchParams({ ...who, benefit: benefitId });
  const grants = await call<Listed<{ state: string }>>('GET', `/v1/grants?${query}`, { key });
  const files = await call<Listed<unknown>>('GET', `/v1/downloads?${new URLSearchParams(who)}`, { key });
  return {
    grants: grants.body.data.map(({ state }) => state).toSorted(),
    files: files.body.data.length,
  };
}

/** What the gateway says of the keys that Polar has. A yes of the look before may be remembered, so that a no has ended it. */
async function lookAtKeys(
  { world, app }: { world: World; app: TestApp },
  { customerId, benefitId }: { customerId: string; benefitId: string },
): Promise<string[]> {
  const { items } = await world.polar<{ items: { key: string; customer_id: string }[] }>(
    'sandbox',
    'GET',
    `/v1/license-keys/?limit=100&benefit_id=${benefitId}`,
  );
  const codes: string[] = [];
  for (const { key } of items.filter((each) => each.customer_id === customerId)) {
    const { body } = await call<{ code: string }>('POST', '/v1/license-keys/validate', {
      key: app.secretKey,
      body: { key },
    });
    codes.push(body.code);
  }
  return codes.toSorted();
}

interface Listed<Item> {
  data: Item[];
}

interface Told {
  type: string;
  data: { polar?: { data?: { customer_id?: string } } };
}

function readClaims(token: string): Look['claims'] {
  const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  return JSON.parse(atob(payload)) as Look['claims'];
}

/** The kit as a site uses it: a gate with the visitor's session, and the token by itself. */
async function lookByKit(
  app: TestApp,
  { who, resources, token }: { who: object; resources: readonly string[]; token: string | null },
): Promise<Look['kit']> {
  const fetch = (url: string, init: RequestInit) => exports.default.fetch(new Request(url, init));
  const session = await call<{ session: string; expires_at: string }>('POST', '/v1/sessions', {
    key: app.secretKey,
    body: who,
  });
  const settings = { gateway: GATEWAY_URL, app: app.slug, fetch };
  const gate: Look['kit']['gate'] = [];
  for (const resource of resources) {
    const ask = createGate({ ...settings, secretKey: app.secretKey, resource, maxAge: 0 });
    const cookie = ask
      .keepSession(new Request(SITE), session.body)
      .map((line) => line.split(';')[0])
      .join('; ');
    const { decision } = await ask(new Request(SITE, { headers: { cookie } }));
    gate.push({ allow: decision.allow, reason: decision.reason });
  }
  const verified = token === null ? undefined : await verifyEntitlements(token, settings);
  return {
    gate,
    offline: resources.map((resource) => verified?.ok === true && verified.allows(resource)),
    hasFeature: verified !== undefined && hasFeature(verified, FLAG),
    limit: verified === undefined ? 0 : featureValue(verified, FLAG, 'limit', 0),
  };
}
