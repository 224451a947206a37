import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/d1';
import { createApp } from '../../src/app.ts';
import type { Bindings } from '../../src/base/config.ts';
import { newId } from '../../src/base/ids.rules.ts';
import type { Mode } from '../../src/base/mode.rules.ts';
import type { Services } from '../../src/base/services.ts';
import { createServices, loadConfig } from '../../src/wiring.ts';
import {
  apiKeys,
  appCustomers,
  type AppRow,
  apps,
  benefits,
  grants,
  orders,
  payments,
  products,
  sessions,
  snapshots,
  subscriptions,
} from '../../src/base/db/schema.rows.ts';
import { hashSecret, newToken } from '../../src/base/secrets.ts';
import { forgetAllTokens } from '../../src/access/token-cache.rows.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';
import { expectDescribed } from '../harness/described.ts';

/* Rows as the ingest flow leaves them, and the gateway's front door with its storage counted and breakable. */

const db = drizzle(env.DB);
const DAY = 86_400_000;
export const ORIGIN = 'https://shop.example-site.dev';

type Row<T extends { $inferInsert: object }> = Partial<T['$inferInsert']>;

const fresh = () => ({ version: Date.now() * 1000, seenVersion: Date.now() * 1000, digest: 0 });
export const uuid = () => crypto.randomUUID();

export interface Shop {
  app: AppRow;
  secretKey: string;
  publishableKey: string;
}

let shops = 0;

/** An app with its keys. Every shop sells something of its own: tests never meet each other's rows. */
export async function seedShop(mode: Mode = 'live', product?: string): Promise<Shop> {
  shops += 1;
  const slug = product ?? `shop${shops}-${uuid().slice(0, 6)}`;
  const now = Date.now();
  const app: AppRow = {
    id: newId('app'),
    slug: `${slug}-${mode}`,
    product: slug,
    mode,
    name: slug,
    origins: [ORIGIN],
    callbackUrls: [`${ORIGIN}/thanks`],
    ownsUnclaimed: false,
    pastDueGraceDays: 0,
    disputeAccess: 'keep',
    endingNoticeDays: 3,
    allowsForeignCodes: false,
    createdAt: now,
    updatedAt: now,
  };
  await db.insert(apps).values(app);
  return { app, secretKey: await seedKey(app, 'secret'), publishableKey: await seedKey(app, 'publishable') };
}

/** A key of the app; the key itself. */
export async function seedKey(
  app: AppRow,
  kind: 'secret' | 'publishable',
  limits: { scopes?: string[]; expiresAt?: number } = {},
): Promise<string> {
  const value = newToken(kind, app.mode);
  const now = Date.now();
  await db.insert(apiKeys).values({
    id: newId('key'),
    appId: app.id,
    kind,
    hash: await hashSecret(value),
    hint: value.slice(-4),
    name: kind,
    createdAt: now,
    lastUsedAt: now,
    ...limits,
  });
  return value;
}

export interface Ware {
  productId: string;
  benefitId: string;
}

/** A product of the shop with one benefit. `content` is the benefit's `content_id`. */
export async function seedWare(
  { app }: Shop,
  ware: {
    name?: string;
    content?: string;
    /** The benefit's `feature_key`. */
    feature?: string;
    type?: string;
    metadata?: Record<string, string>;
    prices?: object[];
  } = {},
): Promise<Ware> {
  const productId = uuid();
  const benefitId = uuid();
  const metadata: Record<string, string> = {
    ...(ware.content === undefined ? {} : { content_id: ware.content }),
    ...(ware.feature === undefined ? {} : { feature_key: ware.feature }),
  };
  await db.insert(benefits).values({
    mode: app.mode,
    id: benefitId,
    type: ware.type ?? 'custom',
    description: 'Dark mode',
    isDeleted: false,
    metadata,
    ...fresh(),
  });
  await db.insert(products).values({
    mode: app.mode,
    id: productId,
    name: ware.name ?? `${app.product}:pro`,
    isArchived: false,
    isRecurring: false,
    metadata: ware.metadata ?? {},
    data: {
      id: productId,
      benefits: [{ id: benefitId, type: ware.type ?? 'custom' }],
      prices: ware.prices ?? [{ amount_type: 'fixed' }],
    },
    appId: app.id,
    ...fresh(),
  });
  return { productId, benefitId };
}

export async function seedPayment({ app }: Shop, row: Row<typeof payments> = {}): Promise<string> {
  const id = row.id ?? newId('pay');
  await db.insert(payments).values({
    mode: app.mode,
    appId: app.id,
    method: 'polar',
    status: 'succeeded',
    kind: 'checkout',
    refundedAmount: 0,
    customerProven: false,
    metadata: {},
    createdAt: Date.now(),
    updatedAt: Date.now(),
    succeededAt: (row.status ?? 'succeeded') === 'succeeded' ? Date.now() : null,
    ...fresh(),
    ...row,
    id,
  });
  return id;
}

export async function seedOrder(
  { app }: Shop,
  row: Row<typeof orders> & { customerId: string },
): Promise<string> {
  const id = row.id ?? uuid();
  await db.insert(orders).values({
    mode: app.mode,
    appId: app.id,
    status: 'paid',
    billingReason: 'purchase',
    netAmount: 900,
    totalAmount: 900,
    refundedAmount: 0,
    currency: 'usd',
    createdAt: Date.now() - DAY,
    ...fresh(),
    ...row,
    id,
  });
  return id;
}

export async function seedSubscription(
  { app }: Shop,
  row: Row<typeof subscriptions> & { customerId: string; productId: string },
): Promise<string> {
  const id = row.id ?? uuid();
  await db.insert(subscriptions).values({
    mode: app.mode,
    appId: app.id,
    status: 'active',
    currentPeriodStart: Date.now() - DAY,
    currentPeriodEnd: Date.now() + 29 * DAY,
    cancelAtPeriodEnd: false,
    startedAt: Date.now() - DAY,
    createdAt: Date.now() - DAY,
    ...fresh(),
    ...row,
    id,
  });
  return id;
}

export async function seedGrant(
  { app }: Shop,
  row: Row<typeof grants> & { customerId: string; benefitId: string },
): Promise<string> {
  const id = row.id ?? uuid();
  await db.insert(grants).values({
    mode: app.mode,
    appId: app.id,
    isGranted: true,
    isRevoked: false,
    grantedAt: Date.now(),
    properties: {},
    createdAt: Date.now(),
    ...fresh(),
    ...row,
    id,
  });
  return id;
}

/** A paid and granted one-time purchase. */
export async function seedPurchase(
  shop: Shop,
  ware: Ware,
  customerId: string,
  payment: Row<typeof payments> = {},
): Promise<{ paymentId: string; orderId: string; grantId: string }> {
  const orderId = payment.orderId ?? uuid();
  const paymentId = await seedPayment(shop, { customerId, orderId, productId: ware.productId, ...payment });
  await seedOrder(shop, { id: orderId, customerId, paymentId, productId: ware.productId });
  const grantId = await seedGrant(shop, { customerId, paymentId, orderId, benefitId: ware.benefitId });
  return { paymentId, orderId, grantId };
}

export async function seedExternal({ app }: Shop, externalId: string, customerId: string): Promise<void> {
  await db.insert(appCustomers).values({ appId: app.id, externalId, customerId, createdAt: Date.now() });
}

export async function seedSnapshot(
  { app }: Shop,
  row: Row<typeof snapshots> & { kind: string },
): Promise<void> {
  await db.insert(snapshots).values({ mode: app.mode, id: uuid(), data: {}, ...fresh(), ...row });
}

/** A session token for whomever `row` names. */
export async function seedSession({ app }: Shop, row: Row<typeof sessions>): Promise<string> {
  const token = newToken('session', app.mode);
  await db.insert(sessions).values({
    id: newId('ses'),
    hash: await hashSecret(token),
    appId: app.id,
    createdAt: Date.now(),
    expiresAt: Date.now() + DAY,
    ...row,
  });
  return token;
}

/** What a request used. A round trip is one call to D1, however many statements it carries. */
interface Used {
  d1: number;
  kvReads: number;
  kvWrites: number;
}

/** The gateway with storage that counts, and fails while told to. One a test: it shares memory with the others. */
export function openGateway() {
  const used: Used = { d1: 0, kvReads: 0, kvWrites: 0 };
  const broken = { d1: false, kv: false };
  const failing = (part: keyof typeof broken) => {
    if (broken[part]) throw new Error(`${part === 'd1' ? 'D1_ERROR' : 'KV'}: is away`);
  };
  const originals = new WeakMap<object, D1PreparedStatement>();
  const statement = (real: D1PreparedStatement): D1PreparedStatement => {
    const counted = new Proxy(real, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => statement(target.bind(...values));
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...input: unknown[]) => {
          used.d1 += 1;
          failing('d1');
          return Reflect.apply(value, target, input) as unknown;
        };
      },
    });
    originals.set(counted, real);
    return counted;
  };
  const DB = new Proxy(env.DB, {
    get(target, name) {
      if (name === 'prepare') return (query: string) => statement(target.prepare(query));
      if (name === 'batch')
        return async (statements: D1PreparedStatement[]) => {
          used.d1 += 1;
          failing('d1');
          return target.batch(statements.map((one) => originals.get(one) ?? one));
        };
      return Reflect.get(target, name) as unknown;
    },
  });
  const ENTITLEMENTS = new Proxy(env.ENTITLEMENTS, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return async (...input: unknown[]) => {
        if (name === 'put') used.kvWrites += 1;
        else used.kvReads += 1;
        failing('kv');
        return Reflect.apply(value, target, input) as unknown;
      };
    },
  });
  const bindings = { ...env, DB, ENTITLEMENTS } as unknown as Bindings;
  const app = createApp();
  const request = async (
    method: string,
    path: string,
    key?: string,
    init: { body?: unknown; origin?: string; headers?: Record<string, string> } = {},
  ) => {
    const context = createExecutionContext();
    const before = { ...used };
    const asked = new Request(GATEWAY_URL + path, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(init.origin === undefined ? {} : { origin: init.origin }),
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...init.headers,
      },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    });
    const response = await app.fetch(asked, bindings, context);
    await expectDescribed(asked, response);
    const text = await response.text();
    const body = JSON.parse(text) as Record<string, never>;
    await waitOnExecutionContext(context);
    return { status: response.status, headers: response.headers, body, text, spent: spentSince(before) };
  };
  const spentSince = (before: Used): Used => ({
    d1: used.d1 - before.d1,
    kvReads: used.kvReads - before.kvReads,
    kvWrites: used.kvWrites - before.kvWrites,
  });
  return {
    broken,
    request,
    bindings,
    used,
    spentSince,
    /** `GET /v1/access`. */
    check: (key: string, query: Record<string, string>, init: { origin?: string } = {}) =>
      request('GET', `/v1/access?${new URLSearchParams(query).toString()}`, key, init),
    /** Runs a flow as the queue would. */
    async run<T>(flow: (services: Services) => Promise<T>): Promise<T> {
      const context = createExecutionContext();
      const result = await flow(createServices(bindings, context));
      await waitOnExecutionContext(context);
      return result;
    },
    /** As a request that lands in another isolate. */
    elsewhere: forgetAllTokens,
    config: loadConfig(bindings),
  };
}
