import { serve } from '@hono/node-server';
import { createSimulator, type Simulator } from '../packages/polar-simulator/index.ts';
import { EVENT_TYPES } from '../packages/polar-simulator/webhooks/types.ts';
import { GATEWAY_URL, type Polar, WEBHOOK_SECRET } from './runtime.ts';

export interface LocalPolar extends Polar {
  /** Calls its API. @throws unless 2xx. */
  call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** Lets its background work finish, and gives what it told since the last time: the gateway is told by hand. */
  listen(): Promise<{ type: string; body: string }[]>;
  /** How many calls came over HTTP so far; those of `call` do not. */
  heardCalls(): number;
  /** Answers each call after so many milliseconds more. */
  delay(milliseconds: number): Promise<void>;
  close(): void;
}

/**
 * The simulated Polar on loopback, in this process. Nothing in it runs by itself, so it does not disturb measurements.
 */
export async function startPolar(): Promise<LocalPolar> {
  let simulator: Simulator | undefined;
  let calls = 0;
  const server = serve({
    fetch(request) {
      calls += 1;
      return simulator?.fetch(request) ?? new Response(null, { status: 503 });
    },
    hostname: '127.0.0.1',
    port: 0,
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the simulator has no address');
  const url = `http://127.0.0.1:${address.port}`;
  const running = createSimulator({
    publicUrl: url,
    jobs: 'manual',
    fetch: () => Promise.resolve(new Response(null, { status: 202 })),
  });
  simulator = running;
  const { id: organizationId, accessToken } = running.createOrganization({
    slug: 'bench',
    environment: 'sandbox',
  });
  let heard = 0;
  const polar: LocalPolar = {
    url,
    accessToken,
    organizationId,
    async call(method, path, body) {
      const response = await running.fetch(
        new Request(url + path, {
          method,
          headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
      const text = await response.text();
      if (!response.ok) throw new Error(`Polar ${method} ${path}: ${response.status} ${text}`);
      const json: unknown = text === '' ? {} : JSON.parse(text);
      return Object(json) as Record<string, unknown>;
    },
    async listen() {
      await running.settle();
      const events = running.events(organizationId);
      const news = events.slice(heard);
      heard = events.length;
      return news;
    },
    heardCalls: () => calls,
    async delay(milliseconds) {
      await polar.call('POST', '/_sim/faults', { latency_ms: milliseconds });
    },
    close() {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
  await polar.call('POST', '/v1/webhooks/endpoints', {
    url: `${GATEWAY_URL}/webhooks/polar`,
    format: 'raw',
    secret: WEBHOOK_SECRET,
    events: EVENT_TYPES,
  });
  return polar;
}
