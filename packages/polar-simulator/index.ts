/** Polar, simulated: its HTTP API of 2026-10, its webhooks and its pages, on a clock that can be moved. */

import { createApp, withoutAlias } from './app.ts';
import { openDispute, preventDispute, resolveDispute } from './life/disputes.ts';
import { createApiCall } from './control/api.ts';
import { type Seller, readySeller } from './control/demo.ts';
import { meetTrouble } from './faults/calls.ts';
import { createOrganization } from './resources/organizations.ts';
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
  /** Somebody to begin with: the first organization there is, or a new one that sells two products. */
  readySeller(): Promise<Seller>;
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
  /** The buyer's bank disputes the payment of an order; the dispute's id. */
  openDispute(orderId: string): string;
  resolveDispute(disputeId: string, outcome: 'won' | 'lost'): void;
  /** An early warning: the order is refunded before it is disputed. */
  preventDispute(orderId: string): void;
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
    fetch: async (request) => meetTrouble(world, withoutAlias(request), (each) => app.fetch(each)),
    now: () => world.now(),
    settle: () => runner.settle(),
    advance: (ms) => runner.advance(ms),
    readySeller: () =>
      readySeller(
        world,
        createApiCall(world, (request) => app.fetch(request)),
      ),
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
    openDispute: (orderId) => openDispute(world, existing(world.tables.orders, orderId)).id,
    resolveDispute: (id, outcome) => resolveDispute(world, existing(world.tables.disputes, id), outcome),
    preventDispute(orderId) {
      preventDispute(world, existing(world.tables.orders, orderId));
    },
    stop: () => runner.stop(),
  };
}

function asSnapshot(state: unknown): Snapshot {
  if (typeof state !== 'object' || state === null || !('version' in state) || state.version !== 2) {
    throw new Error('This is not a snapshot of this version of the simulator.');
  }
  return state as Snapshot;
}

function existing<Row>(table: { get(id: string): Row | undefined }, id: string): Row {
  const row = table.get(id);
  if (!row) throw new Error(`There is nothing with the id ${id}.`);
  return row;
}
