/** Polar, simulated: its HTTP API of 2026-10, its webhooks and its pages, on a clock that can be moved. */

import { createApp, withoutAlias } from './app.ts';
import { openDispute, preventDispute, resolveDispute } from './life/disputes.ts';
import { createApiCall } from './control/api.ts';
import { readySeller } from './control/demo.ts';
import { meetTrouble } from './faults/calls.ts';
import { createOrganization } from './life/organizations.ts';
import { createRunner } from './runner.ts';
import type { Snapshot } from './state.ts';
import type { Simulator, SimulatorOptions } from './simulator.ts';
import { createSender } from './webhooks/sending.ts';
import { deliveryHeaders } from './webhooks/signing.ts';
import { World } from './world.ts';

export type { Simulator, SimulatorOptions } from './simulator.ts';

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
