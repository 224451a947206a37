/** A simulator for one test: driven by the official SDK, with a receiver that keeps what was sent to it. */

import { createPolar, type webhooks } from '@polar-sh/sdk/2026-10';
import { onTestFinished } from 'vitest';
import {
  type Simulator,
  type SimulatorOptions,
  createSimulator,
} from '../../packages/polar-simulator/index.ts';
import { EVENT_TYPES } from '../../packages/polar-simulator/webhooks/types.ts';
import { checkEvent, checkResponse } from './openapi.ts';
import { record } from './record.ts';

export const PUBLIC_URL = 'http://polar.sim';
export const RECEIVER_URL = 'http://receiver.sim/webhooks';

interface Received {
  id: string;
  type: string;
  headers: Headers;
  body: string;
  data: Record<string, unknown>;
}

/** Starts at a fixed time and moves only by `advance`. */
export const START_MS = Date.parse('2026-01-15T12:00:00Z');

/** What tests read of an answer's body. */
interface Answer {
  id: string;
  error: string;
  detail: unknown;
  items: unknown[];
  pagination: unknown;
  organizations: { live_grants: Record<string, unknown> }[];
}

const accept = (): Response => new Response(null, { status: 204 });

export async function setUp(options: Partial<SimulatorOptions> = {}) {
  const received: Received[] = [];
  let answer: (request: Request) => Response | Promise<Response> = accept;
  const bare = createSimulator({
    publicUrl: PUBLIC_URL,
    jobs: 'manual',
    now: () => START_MS,
    fetch: async (request) => {
      const body = await request.clone().text();
      const { type, data } = JSON.parse(body) as { type: string; data: Record<string, unknown> };
      received.push({
        id: request.headers.get('webhook-id') ?? '',
        type,
        headers: request.headers,
        body,
        data,
      });
      return answer(request);
    },
    ...options,
  });
  const simulator: Simulator = { ...bare, fetch: (request) => checked(bare, request) };
  const organization = simulator.createOrganization({ slug: 'quay', name: 'Quay' });
  routeTo(simulator);
  onTestFinished(() => checkAllEvents(simulator, organization.id));
  const polar = createPolar({ accessToken: organization.accessToken, baseUrl: PUBLIC_URL });

  const api = async (method: string, path: string, body?: unknown, token = organization.accessToken) => {
    const response = await simulator.fetch(
      new Request(`${PUBLIC_URL}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'polar-version': '2026-10',
          'content-type': 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    const json = text.startsWith('{') ? (JSON.parse(text) as unknown) : null;
    return { status: response.status, headers: response.headers, json: json as Answer, text };
  };

  const endpoint = await polar.webhooks.createWebhookEndpoint({
    url: RECEIVER_URL,
    format: 'raw',
    events: [...EVENT_TYPES],
  });

  return {
    simulator,
    organization,
    polar,
    api,
    endpoint,
    received,
    answerWith(next: typeof answer) {
      answer = next;
    },
    /** The types of the events made since the last call, oldest first. */
    heard: createListener(simulator, organization.id),
    /** The objects of all events of one type, oldest first. */
    eventsOf: <Type extends webhooks.WebhookPayload['type']>(type: Type): Told<Type>[] =>
      simulator
        .events(organization.id)
        .filter((event) => event.type === type)
        .map((event) => (JSON.parse(event.body) as { data: Told<Type> }).data),
  };
}

type Told<Type> = Extract<webhooks.WebhookPayload, { type: Type }>['data'];

export type Setting = Awaited<ReturnType<typeof setUp>>;

function createListener(simulator: Simulator, organizationId: string): () => string[] {
  let seen = 0;
  return () => {
    const events = simulator.events(organizationId);
    const types = events.slice(seen).map((event) => event.type);
    seen = events.length;
    return types;
  };
}

/** Every event there was, whether or not the test looked at it. */
function checkAllEvents(simulator: Simulator, organizationId: string): void {
  for (const { type, body } of simulator.events(organizationId)) {
    const payload = JSON.parse(body) as object;
    // A chat's message is Discord's or Slack's to check.
    if (!('type' in payload)) continue;
    record({ kind: 'event', type, payload });
    checkEvent(type, payload);
  }
}

/** Every answer there was is held against the schema. */
async function checked(simulator: Simulator, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const response = await simulator.fetch(request);
  if (!/^(\/api)?\/v1\//.test(pathname)) return response;
  const text = await response.clone().text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const body = isJson ? (JSON.parse(text) as unknown) : null;
  const { method } = request;
  record({ kind: 'response', method, path: pathname, status: response.status, body });
  checkResponse(method, pathname, response.status, body);
  return response;
}

/** The SDK calls the global fetch; requests for the simulator's host go to this simulator. */
const realFetch = globalThis.fetch;
function routeTo(simulator: Simulator): void {
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    return new URL(request.url).origin === PUBLIC_URL ? simulator.fetch(request) : realFetch(request);
  };
}

/** A product with one custom benefit, one-time unless an interval is given. */
export async function sellable(
  { polar }: Setting,
  options: { interval?: 'month' | 'year'; amount?: number; trialDays?: number; name?: string } = {},
) {
  const benefit = await polar.benefits.create({
    type: 'custom',
    description: 'The article',
    properties: { note: null },
  });
  const price = {
    amount_type: 'fixed' as const,
    price_currency: 'usd' as const,
    price_amount: options.amount ?? 1000,
  };
  const name = options.name ?? 'quay:article';
  const product = options.interval
    ? await polar.products.create({
        name,
        prices: [price],
        recurring_interval: options.interval,
        ...(options.trialDays
          ? { trial_interval: 'day' as const, trial_interval_count: options.trialDays }
          : {}),
      })
    : await polar.products.create({ name, prices: [price] });
  await polar.products.updateBenefits(product.id, { benefits: [benefit.id] });
  return { benefit, product };
}

export const BUYER = 'ada@floe-mail.dev';

/** Checkout, confirm, and everything that follows at once. */
export async function buy(
  setting: Setting,
  productId: string,
  options: { email?: string; token?: string; country?: 'FR' | 'CH'; metadata?: Record<string, string> } = {},
) {
  const checkout = await setting.polar.checkouts.create({
    products: [productId],
    ...(options.metadata ? { metadata: options.metadata } : {}),
  });
  const confirmed = await setting.polar.checkouts.clientConfirm(checkout.client_secret, {
    customer_email: options.email ?? BUYER,
    confirmation_token_id: options.token ?? 'tok_visa',
    customer_billing_address: { country: options.country ?? 'CH' },
  });
  await setting.simulator.settle();
  return { checkout, confirmed };
}
