/** Polar, simulated: its HTTP API of 2026-10, its webhooks and its pages, on a clock that can be moved. */

import { Hono } from 'hono';
import { controlRoutes } from './control/routes.ts';
import {
  type SimulatorEnv,
  answerError,
  authentication,
  noRoute,
  slashRedirects,
  troubles,
  versions,
} from './http/app.ts';
import { checkoutPages } from './pages/checkout.ts';
import { documentPages } from './pages/documents.ts';
import { portalPages } from './pages/portal.ts';
import { benefitGrantRoutes, benefitRoutes } from './resources/benefits.ts';
import { checkoutClientRoutes, checkoutRoutes } from './resources/checkouts.ts';
import { customerSessionRoutes } from './resources/customer-sessions.ts';
import { customerRoutes } from './resources/customers.ts';
import { discountRoutes } from './resources/discounts.ts';
import { licenseKeyPublicRoutes, licenseKeyRoutes } from './resources/license-keys.ts';
import { memberRoutes } from './resources/members.ts';
import { meterRoutes } from './resources/meters.ts';
import { orderRoutes, paymentRoutes } from './resources/orders.ts';
import { createOrganization, organizationRoutes } from './resources/organizations.ts';
import { productRoutes } from './resources/products.ts';
import { refundRoutes } from './resources/refunds.ts';
import { subscriptionRoutes } from './resources/subscriptions.ts';
import { webhookRoutes } from './resources/webhooks.ts';
import { createRunner } from './runner.ts';
import type { Snapshot } from './state.ts';
import { createSender } from './webhooks/sending.ts';
import { deliveryHeaders } from './webhooks/signing.ts';
import { World } from './world.ts';

export interface SimulatorOptions {
  /** Where the API and the hosted pages are reachable, no trailing slash. */
  publicUrl: string;
  /** Used for webhook sends only. Redirects are never followed. */
  fetch: (request: Request) => Promise<Response>;
  /** Base clock in ms; the simulator adds its own movable offset. Default Date.now. */
  now?: () => number;
  /** Seed for ids, keys, jitter. Default 1. Same seed + same calls = same run. */
  seed?: number;
  /** 'timers' (server): background jobs run by themselves in real time. 'manual' (tests): only settle() and advance() run them. */
  jobs: 'timers' | 'manual';
  /** Delay before benefit grants run, ms. Default 0 in manual, 400 in timers. */
  grantDelayMs?: number;
  /** Called after any state change (the server persists, debounced). */
  onChange?: () => void;
}

export interface Simulator {
  /** The whole HTTP surface. */
  fetch(request: Request): Promise<Response>;
  /** The simulated time, ms. */
  now(): number;
  /** Runs background jobs that are due now (grants, webhook sends, debounced state) until nothing is due. */
  settle(): Promise<void>;
  /** Moves the clock by ms, running everything that becomes due in time order on the way, then settles. */
  advance(ms: number): Promise<void>;
  /** A new organization with a token; seeds nothing else. */
  createOrganization(input: { slug: string; name?: string; environment?: 'production' | 'sandbox' }): {
    id: string;
    slug: string;
    accessToken: string;
  };
  /** JSON-serializable whole state. */
  snapshot(): unknown;
  restore(state: unknown): void;
  /** Every webhook event created, oldest first: for tests that permute, duplicate and drop them by hand. */
  events(
    organizationId: string,
  ): { id: string; endpointId: string; type: string; timestamp: string; body: string }[];
  /** Signs a body exactly as the endpoint would now: headers for a hand-made delivery. */
  sign(endpointId: string, webhookId: string, body: string, at?: number): Promise<Record<string, string>>;
  /** Waits for sends under way and stops the timers; nothing runs by itself afterwards. */
  stop(): Promise<void>;
}

export function createSimulator(options: SimulatorOptions): Simulator {
  const isServer = options.jobs === 'timers';
  const world = new World({
    publicUrl: options.publicUrl,
    now: options.now ?? Date.now,
    seed: options.seed ?? 1,
    jobs: options.jobs,
    grantDelayMs: options.grantDelayMs ?? (isServer ? 400 : 0),
    onChange: options.onChange ?? (() => undefined),
  });
  const sender = createSender(world, options.fetch);
  const runner = createRunner(world, sender);
  const app = createApp(world, runner);
  if (isServer) runner.start();

  return {
    fetch: async (request) => app.fetch(withoutAlias(request)),
    now: () => world.now(),
    settle: () => runner.settle(),
    advance: (ms) => runner.advance(ms),
    createOrganization: (input) => createOrganization(world, input),
    snapshot: () => structuredClone(world.snapshot()),
    restore: (state) => world.restore(asSnapshot(state)),
    events: (organizationId) =>
      world.tables.events
        .by('organization', organizationId)
        .map(({ id, endpoint_id, type, created_at, body }) => ({
          id,
          endpointId: endpoint_id,
          type,
          timestamp: created_at,
          body,
        })),
    async sign(endpointId, webhookId, body, at = world.now()) {
      const endpoint = world.tables.endpoints.get(endpointId);
      if (!endpoint) throw new Error(`No webhook endpoint ${endpointId}.`);
      return deliveryHeaders(endpoint, webhookId, body, at);
    },
    stop: () => runner.stop(),
  };
}

function createApp(world: World, runner: ReturnType<typeof createRunner>): Hono<SimulatorEnv> {
  const collections = {
    '/v1/organizations/': organizationRoutes,
    '/v1/products/': productRoutes,
    '/v1/benefits/': benefitRoutes,
    '/v1/benefit-grants/': benefitGrantRoutes,
    '/v1/meters/': meterRoutes,
    '/v1/checkouts/': checkoutRoutes,
    '/v1/orders/': orderRoutes,
    '/v1/payments/': paymentRoutes,
    '/v1/subscriptions/': subscriptionRoutes,
    '/v1/refunds/': refundRoutes,
    '/v1/discounts/': discountRoutes,
    '/v1/customers/': customerRoutes,
    '/v1/members/': memberRoutes,
    '/v1/customer-sessions/': customerSessionRoutes,
    '/v1/license-keys/': licenseKeyRoutes,
    '/v1/webhooks/': webhookRoutes,
  };
  const app = new Hono<SimulatorEnv>({ strict: true });
  app.onError((error) => answerError(error));
  app.notFound(noRoute);
  app.route('/', checkoutPages(world, runner));
  app.route('/', documentPages(world));
  app.route('/', portalPages(world));
  app.route('/_sim', controlRoutes(world, runner));
  app.use('/v1/*', versions());
  app.use('/v1/*', slashRedirects(new Set(Object.keys(collections))));
  app.use('/v1/*', troubles(world));
  app.route('/v1/checkouts/client', checkoutClientRoutes(world));
  app.route('/v1/customer-portal/license-keys', licenseKeyPublicRoutes(world));
  app.use('/v1/*', authentication(world));
  for (const [path, routes] of Object.entries(collections)) app.route(path, routes(world));
  return app;
}

/** `/api/v1/…` is the same as `/v1/…`. */
function withoutAlias(request: Request): Request {
  const url = new URL(request.url);
  if (!url.pathname.startsWith('/api/v1/')) return request;
  url.pathname = url.pathname.slice('/api'.length);
  return new Request(url, request);
}

function asSnapshot(state: unknown): Snapshot {
  if (typeof state !== 'object' || state === null || !('version' in state) || state.version !== 1) {
    throw new Error('This is not a snapshot of this version of the simulator.');
  }
  return state as Snapshot;
}
