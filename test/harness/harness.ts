import { env, exports } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import { createSimulator, type Simulator } from '../../packages/polar-simulator/index.ts';
import { EVENT_TYPES } from '../../packages/polar-simulator/webhooks/types.ts';
import type { Mode } from '../../src/base/mode.rules.ts';
import {
  createOrganizations,
  GATEWAY_URL,
  LIVE_API_URL,
  SANDBOX_API_URL,
  SIMULATOR_SEED,
} from './bindings.ts';
import { expectDescribed } from './described.ts';
import { countFetch } from './platform-limits.ts';

/*
 * One world: the gateway under test at its front door, both of Polar's organizations simulated, and receivers.
 * Everything that is not the gateway is faked at HTTP only, by routing the isolate's outgoing fetch by host.
 */

export { GATEWAY_URL } from './bindings.ts';
export const ORIGIN = 'https://shop.example-site.dev';
export const CALLBACK = `${ORIGIN}/thanks`;
const RECEIVER_URL = 'https://receiver.example-site.dev/hooks';

export interface TestApp {
  slug: string;
  mode: Mode;
  id: string;
  secretKey: string;
  publishableKey: string;
  webhookSecret: string | undefined;
}

interface Received {
  url: string;
  headers: Record<string, string>;
  body: string;
}

type Receiver = (request: Request, seen: Received) => Response | Promise<Response>;

export interface Answer<T = unknown> {
  status: number;
  headers: Headers;
  body: T;
  text: string;
}

export interface World {
  simulator: Simulator;
  organizations: Record<Mode, { id: string; accessToken: string }>;
  /** Polar's webhook endpoint ids, for `simulator.sign`. */
  polarEndpoints: Record<Mode, string>;
  /** What arrived at receivers, in order. */
  received: Received[];
  /** Requests the gateway made to Polar's API, `METHOD /path`. */
  polarRequests: string[];
  /** While set, Polar's API is unreachable. */
  polarDown: boolean;
  /** While set, Polar's API answers 404 to everything: only webhooks tell. */
  polarForgets: boolean;
  /** How far Polar's clock is ahead of the gateway's, in the `Date` of its answers; milliseconds. */
  polarAhead: number;
  /** While set, Polar's webhooks are kept back from the gateway (see `deliverHeld`). */
  holdWebhooks: boolean;
  held: Request[];
  receiver: Receiver;
  polar<T = Record<string, unknown>>(mode: Mode, method: string, path: string, body?: unknown): Promise<T>;
  createApp(input: {
    product: string;
    mode?: Mode;
    webhook?: boolean;
    ownsUnclaimed?: boolean;
    origins?: string[];
  }): Promise<TestApp>;
  createProduct(input: {
    name: string;
    mode?: Mode;
    price?: number;
    /** A seat a month costs this; then there is no other price. */
    seat?: number;
    recurring?: 'month' | 'year';
    metadata?: Record<string, string>;
    benefits?: {
      type: string;
      description: string;
      metadata?: Record<string, string>;
      properties?: Record<string, unknown>;
    }[];
  }): Promise<{ id: string; benefitIds: string[] }>;
  /** Pays an open checkout as a buyer would, then lets Polar's background work finish. */
  pay(
    mode: Mode,
    checkoutUrl: string,
    buyer: { email: string; name?: string; decline?: boolean },
  ): Promise<Answer>;
  /** Moves Polar's clock and the gateway's by `ms`. */
  advance(ms: number): Promise<void>;
  /** Waits until the queues are empty and nothing more is being sent. */
  settle(): Promise<void>;
}

/** Calls the gateway. Objects become JSON; redirects are not followed. */
export async function call<T = Record<string, unknown>>(
  method: string,
  path: string,
  options: { key?: string; body?: unknown; rawBody?: string; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  const body = options.rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const request = new Request(path.startsWith('http') ? path : `${GATEWAY_URL}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      'cf-connecting-ip': '203.0.113.7',
      ...options.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const response = await exports.default.fetch(request);
  await expectDescribed(request, response);
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(text) : undefined) as T,
    text,
  };
}

let worlds = 0;

/** The settings name two organizations by ids that follow from the simulator's seed, so a new world begins with empty tables. */
async function emptyTables(): Promise<void> {
  const tables = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '_cf_%' and name not like 'd1_%'",
  ).all<{ name: string }>();
  await env.DB.batch([
    env.DB.prepare('pragma defer_foreign_keys = on'),
    ...tables.results.map(({ name }) => env.DB.prepare(`delete from "${name}"`)),
  ]);
}

let ofThisTest: { name: string; worlds: number } | undefined;

/**
 * Where the simulator's random sequence goes on once it has the organizations. The same in each run of a test, and another for
 * each world: what an earlier world left under way in a queue must find none of its ids in this one.
 */
function positionOfThisWorld(): number {
  const name = expect.getState().currentTestName ?? '';
  ofThisTest = { name, worlds: ofThisTest?.name === name ? ofThisTest.worlds + 1 : 1 };
  let position = ofThisTest.worlds;
  for (let at = 0; at < name.length; at++) position = (Math.imul(position, 31) + name.charCodeAt(at)) >>> 0;
  return position;
}

export async function createWorld(): Promise<World> {
  worlds += 1;
  vi.useRealTimers();
  await emptyTables();
  const startedAt = Date.now();
  const started = performance.now();
  const realNow = () => startedAt + Math.floor(performance.now() - started);
  const inFlight = new Set<Promise<unknown>>();

  const world = {
    received: [],
    polarRequests: [],
    polarDown: false,
    polarForgets: false,
    polarAhead: 0,
    holdWebhooks: false,
    held: [],
    receiver: () => new Response('ok'),
  } as unknown as World;

  const simulator = createSimulator({
    publicUrl: SANDBOX_API_URL,
    seed: SIMULATOR_SEED,
    jobs: 'manual',
    now: realNow,
    fetch: async (request) => {
      if (world.holdWebhooks) {
        world.held.push(request);
        return new Response(null, { status: 202 });
      }
      // While Polar's clock is moved, what it sends on the way meets a gateway with the same clock.
      if (vi.isFakeTimers()) vi.setSystemTime(simulator.now());
      const response = await exports.default.fetch(request);
      // Not awaited: the simulator would take a difference for a webhook that failed. Unhandled, it fails the run.
      void expectDescribed(request, response);
      return response;
    },
  });
  world.simulator = simulator;
  world.organizations = createOrganizations(simulator);
  simulator.restore({ ...Object(simulator.snapshot()), randomPosition: positionOfThisWorld() });

  const outside = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.origin === LIVE_API_URL || url.origin === SANDBOX_API_URL) {
      world.polarRequests.push(`${request.method} ${url.pathname}`);
      if (world.polarDown) throw new TypeError('fetch failed: connection refused');
      if (world.polarForgets)
        return Response.json({ error: 'ResourceNotFound', detail: 'Not found' }, { status: 404 });
      const answer = await simulator.fetch(request);
      const headers = new Headers(answer.headers);
      // As every server of HTTP does.
      headers.set('date', new Date(Date.now() + world.polarAhead).toUTCString());
      return new Response(answer.body, { status: answer.status, headers });
    }
    if (url.origin === GATEWAY_URL) throw new Error('the gateway called itself');
    const seen = {
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: await request.clone().text(),
    };
    world.received.push(seen);
    return world.receiver(request, seen);
  };
  vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
    const promise = countFetch(() => outside(input, init));
    const tracked = promise
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => inFlight.delete(tracked));
    inFlight.add(tracked);
    return promise;
  });

  world.polar = async (mode, method, path, body) => {
    const response = await simulator.fetch(
      new Request(`${SANDBOX_API_URL}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${world.organizations[mode].accessToken}`,
          'content-type': 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    if (!response.ok) throw new Error(`Polar ${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as never;
  };

  const secrets: Record<Mode, string> = {
    live: env.POLAR_LIVE_WEBHOOK_SECRETS.split(',')[0] ?? '',
    sandbox: env.POLAR_SANDBOX_WEBHOOK_SECRETS,
  };
  world.polarEndpoints = { live: '', sandbox: '' };
  for (const mode of ['live', 'sandbox'] as const) {
    const endpoint = await world.polar<{ id: string }>(mode, 'POST', '/v1/webhooks/endpoints', {
      url: `${GATEWAY_URL}/webhooks/polar`,
      format: 'raw',
      secret: secrets[mode],
      events: EVENT_TYPES,
    });
    world.polarEndpoints[mode] = endpoint.id;
  }

  world.createApp = async ({
    product,
    mode = 'sandbox',
    webhook = true,
    ownsUnclaimed = false,
    origins = [ORIGIN],
  }) => {
    const answer = await call<Record<string, string>>('POST', '/admin/apps', {
      key: env.FLOE_ADMIN_TOKEN,
      body: {
        product,
        mode,
        origins,
        callback_urls: [CALLBACK],
        owns_unclaimed: ownsUnclaimed,
        ...(webhook ? { webhook_url: `${RECEIVER_URL}/${product}` } : {}),
      },
    });
    if (answer.status !== 201) throw new Error(`createApp: ${answer.status} ${answer.text}`);
    const { id = '', slug = '', secret_key = '', publishable_key = '', webhook_secret } = answer.body;
    return {
      id,
      slug,
      mode,
      secretKey: secret_key,
      publishableKey: publishable_key,
      webhookSecret: webhook_secret,
    };
  };

  world.createProduct = async ({
    name,
    mode = 'sandbox',
    price = 900,
    seat,
    recurring,
    metadata = {},
    benefits = [],
  }) => {
    const product = await world.polar<{ id: string }>(mode, 'POST', '/v1/products/', {
      name,
      metadata,
      recurring_interval: recurring ?? null,
      prices: [
        seat === undefined
          ? { amount_type: 'fixed', price_amount: price, price_currency: 'usd' }
          : {
              amount_type: 'seat_based',
              price_currency: 'usd',
              seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: seat }] },
            },
      ],
    });
    const benefitIds: string[] = [];
    for (const benefit of benefits) {
      const made = await world.polar<{ id: string }>(mode, 'POST', '/v1/benefits/', {
        properties: {},
        ...benefit,
      });
      benefitIds.push(made.id);
    }
    if (benefitIds.length > 0)
      await world.polar(mode, 'POST', `/v1/products/${product.id}/benefits`, { benefits: benefitIds });
    await simulator.settle();
    return { id: product.id, benefitIds };
  };

  world.pay = async (_mode, checkoutUrl, { email, name = 'Ada Buyer', decline = false }) => {
    const secret = new URL(checkoutUrl).pathname.split('/').pop() ?? '';
    const response = await simulator.fetch(
      new Request(`${SANDBOX_API_URL}/v1/checkouts/client/${secret}/confirm`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          customer_email: email,
          customer_name: name,
          customer_billing_address: { country: 'DE' },
          confirmation_token_id: decline ? 'ctoken_declined' : 'ctoken_ok',
        }),
      }),
    );
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      body: text === '' ? undefined : JSON.parse(text),
    };
    await simulator.settle();
    return answer;
  };

  world.advance = async (ms) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await simulator.advance(ms);
    vi.setSystemTime(simulator.now());
  };

  world.settle = async () => {
    await simulator.settle();
    let quiet = 0;
    while (quiet < 3) {
      await scheduler.wait(15);
      const pending = await env.DB.prepare(
        "select (select count(*) from deliveries d join endpoints e on e.id = d.endpoint_id and e.enabled = 1 where d.status = 'pending' and d.next_attempt_at <= ?1) + (select count(*) from polar_events where status = 'pending') as open",
      )
        .bind(Date.now())
        .first<{ open: number }>();
      quiet = inFlight.size === 0 && pending?.open === 0 ? quiet + 1 : 0;
      if (inFlight.size > 0) await Promise.allSettled(inFlight);
    }
  };

  if (env.TEST_FAULTS !== '') {
    const response = await simulator.fetch(
      new Request(`${SANDBOX_API_URL}/_sim/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: env.TEST_FAULTS,
      }),
    );
    if (!response.ok) throw new Error(`faults: ${await response.text()}`);
  }

  return world;
}

/** Unique per world, so that tests of one file never meet each other's rows. */
export function unique(name: string): string {
  return `${name}-${worlds}-${crypto.randomUUID().slice(0, 6)}`;
}
