import * as z from 'zod';
import { callJson } from '../../cli/local/http.ts';
import type { Simulator } from '../../packages/polar-simulator/index.ts';
import type { AppName } from './catalogue.ts';
import { type Call, eachOf, expectStatus } from './calls.ts';
import {
  allCustomers,
  allResources,
  type Books,
  type Evidence,
  type KnownEvent,
  type KnownPayment,
} from './judge.ts';
import { digestOf, isSteady, type Receiver, type Receivers } from './receivers.ts';
import type { Shop } from './shop.ts';

/* Gathers what the judge looks at: Polar’s books, and what the gateway answers at its front door. */

const PAGE = 100;
const ASK_AT_ONCE = 8;

const books = z.object({
  payments: z.array(
    z.object({
      id: z.string(),
      is_paid: z.boolean(),
      amount: z.number(),
      net_amount: z.number(),
      tax_amount: z.number(),
      refunded_amount: z.number(),
      refunded_tax_amount: z.number(),
      currency: z.string(),
      billing_reason: z.string(),
      customer_id: z.string(),
      product_id: z.string(),
      subscription_id: z.nullable(z.string()),
      gateway_payment_id: z.nullable(z.string()),
    }),
  ),
  refunds: z.array(
    z.object({
      id: z.string(),
      order_id: z.string(),
      status: z.string(),
      amount: z.number(),
      revoke_benefits: z.boolean(),
    }),
  ),
  live_purchases: z.array(
    z.object({
      kind: z.string(),
      id: z.string(),
      status: z.string(),
      customer_id: z.string(),
      product_id: z.string(),
    }),
  ),
  live_grants: z.record(
    z.string(),
    z.array(
      z.object({
        id: z.string(),
        benefit_id: z.string(),
        order_id: z.nullable(z.string()),
        subscription_id: z.nullable(z.string()),
      }),
    ),
  ),
});

const payment = z.object({
  id: z.string(),
  status: z.string(),
  kind: z.string(),
  disputed: z.boolean(),
  product: z.object({ id: z.nullable(z.string()) }),
  amount: z.nullable(z.number()),
  net_amount: z.nullable(z.number()),
  tax_amount: z.nullable(z.number()),
  refunded_amount: z.number(),
  refunded_tax_amount: z.number(),
  currency: z.nullable(z.string()),
  customer: z.object({ id: z.nullable(z.string()) }),
  order_id: z.nullable(z.string()),
  subscription_id: z.nullable(z.string()),
});

const eventBody = z.looseObject({
  type: z.string(),
  timestamp: z.string(),
  data: z.looseObject({
    app: z.string(),
    payment: z.looseObject({ id: z.string() }).nullish(),
    polar: z.looseObject({ type: z.string(), data: z.record(z.string(), z.unknown()) }).nullish(),
    endpoint: z.looseObject({ id: z.string() }).nullish(),
  }),
});

const event = z.object({
  id: z.string(),
  type: z.string(),
  sequence: z.number(),
  payment_sequence: z.nullable(z.number()),
  payment_id: z.nullable(z.string()),
  body: z.unknown(),
});

const accessAnswer = z.object({ results: z.array(z.object({ resource: z.string(), allow: z.boolean() })) });

/** Reads everything. Nothing may happen meanwhile. */
export async function gatherEvidence(
  shop: Shop,
  receivers: Receivers,
  simulator: Simulator,
): Promise<Evidence> {
  const { productIds, benefitIds } = shop;
  const found = await readBooks(shop);
  return {
    books: found,
    productIds,
    benefitIds,
    slugs: { quay: shop.apps.quay.slug, atlas: shop.apps.atlas.slug },
    payments: { quay: await readPayments(shop, 'quay'), atlas: await readPayments(shop, 'atlas') },
    events: { quay: await readEvents(shop, 'quay'), atlas: await readEvents(shop, 'atlas') },
    heard: { quay: healthy(receivers, 'quay').arrivals, atlas: healthy(receivers, 'atlas').arrivals },
    endpointIds: {
      quay: healthy(receivers, 'quay').endpoint.id,
      atlas: healthy(receivers, 'atlas').endpoint.id,
    },
    heardElsewhere: { quay: elsewhere(receivers, 'quay'), atlas: elsewhere(receivers, 'atlas') },
    ordered: readOrdered(receivers),
    places: readPlaces(receivers),
    access: { quay: await askAccess(shop, 'quay', found), atlas: await askAccess(shop, 'atlas', found) },
    acknowledged: readAcknowledged(simulator),
    kept: await readKept(shop),
  };
}

async function readBooks({ polar }: Shop): Promise<Books> {
  const path = `/_sim/books?organization_id=${polar.organizationId}`;
  const answer = await callJson('GET', polar.url + path, polar.accessToken);
  const [own] = z.object({ organizations: z.array(books) }).parse(answer).organizations;
  if (!own) throw new Error('Polar has no books of this organization.');
  return own;
}

/** All pages of a list. */
async function readList(shop: Shop, path: string, token: string): Promise<unknown[]> {
  const page = z.object({ data: z.array(z.unknown()), next_cursor: z.nullable(z.string()) });
  const rows: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const call: Call = {
      method: 'GET',
      path: `${path}${path.includes('?') ? '&' : '?'}limit=${PAGE}${more}`,
      token,
    };
    const { data, next_cursor } = page.parse(expectStatus(call, await shop.gateway.ask(call), 200));
    rows.push(...data);
    cursor = next_cursor;
  }
  return rows;
}

async function readPayments(shop: Shop, app: AppName): Promise<KnownPayment[]> {
  return z.array(payment).parse(await readList(shop, '/v1/payments', shop.apps[app].secretKey));
}

async function readEvents(shop: Shop, app: AppName): Promise<KnownEvent[]> {
  const rows = z.array(event).parse(await readList(shop, '/v1/events', shop.apps[app].secretKey));
  return rows.map(({ body, ...row }) => ({
    ...row,
    digest: digestOf(JSON.stringify(body)),
    body: eventBody.parse(body),
  }));
}

const snapshot = z.object({
  tables: z.object({ deliveries: z.array(z.object({ event_id: z.string(), succeeded: z.boolean() })) }),
});

/** What Polar was answered 2xx, by its own record; what it dropped has none. */
function readAcknowledged(simulator: Simulator): string[] {
  const { deliveries } = snapshot.parse(simulator.snapshot()).tables;
  return [...new Set(deliveries.filter(({ succeeded }) => succeeded).map(({ event_id }) => event_id))];
}

async function readKept(shop: Shop): Promise<Map<string, string>> {
  const rows = await readList(shop, '/admin/polar-events?mode=sandbox', shop.adminToken);
  const events = z.array(z.object({ webhook_id: z.string(), status: z.string() })).parse(rows);
  return new Map(events.map(({ webhook_id, status }) => [webhook_id, status]));
}

async function askAccess(shop: Shop, app: AppName, known: Books): Promise<Map<string, Set<string>>> {
  const resources = allResources(shop);
  const answers = new Map<string, Set<string>>();
  await eachOf(allCustomers(known), ASK_AT_ONCE, async (customer) => {
    const call: Call = {
      method: 'POST',
      path: '/v1/access/batch',
      token: shop.apps[app].secretKey,
      body: { customer, resources, max_age: 0 },
    };
    const { results } = accessAnswer.parse(expectStatus(call, await shop.gateway.ask(call), 200));
    answers.set(customer, new Set(results.filter(({ allow }) => allow).map(({ resource }) => resource)));
  });
  return answers;
}

/** The endpoint of an app that always took everything. */
function healthy(receivers: Receivers, app: AppName): Receiver {
  const found = receivers.all.find((each) => each.app === app && each.behaviour === 'healthy');
  if (!found) throw new Error(`${app} has no healthy endpoint.`);
  return found;
}

function readOrdered(receivers: Receivers): Evidence['ordered'] {
  const found = receivers.all.find(({ behaviour }) => behaviour === 'ordered');
  if (!found) throw new Error('No endpoint asked for an order.');
  return { app: found.app, wants: found.wants, arrivals: found.arrivals };
}

function readPlaces(receivers: Receivers): Evidence['places'] {
  return receivers.all
    .filter((each) => isSteady(each) && each.behaviour !== 'healthy')
    .map(({ app, behaviour, wants, endpoint, arrivals }) => ({
      app,
      name: behaviour,
      isWrittenAnew: behaviour === 'chat',
      wants,
      endpointId: endpoint.id,
      arrivals,
    }));
}

function elsewhere(receivers: Receivers, app: AppName) {
  return receivers.all
    .filter((each) => each.app === app && !isSteady(each))
    .flatMap(({ arrivals }) => arrivals);
}
