import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Bindings } from '../../src/base/config.ts';
import worker from '../../src/index.ts';
import { fetchGateway } from '../harness/front-door.ts';
import { type Answer, GATEWAY_URL, type World } from '../harness/harness.ts';
import type { Told } from '../harness/story.ts';

/* Isolates of one gateway that run with different settings, as they do for a while after a secret was set. */

type Settings = Partial<Bindings>;

export interface Isolate {
  ask<T = Record<string, unknown>>(
    method: string,
    path: string,
    options?: { key?: string; body?: unknown; rawBody?: string; headers?: Record<string, string> },
  ): Promise<Pick<Answer<T>, 'status' | 'body' | 'text'>>;
  /** What the cron does each minute. */
  runCron(): Promise<void>;
  /** Takes a webhook that Polar signs now, for the endpoint `signedBy`. */
  hear(world: World, told: Told, signedBy?: string): Promise<number>;
}

/** An isolate with other settings than the tests' own; undefined takes one away. */
export function isolateWith(settings: { [Name in keyof Settings]?: Settings[Name] | undefined }): Isolate {
  // Settings are parsed once for these bindings, as in an isolate.
  const bindings = { ...env, ...settings };
  const isolate: Isolate = {
    async ask(method, path, { key, body, rawBody, headers } = {}) {
      const sent = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
      const request = new Request(`${GATEWAY_URL}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(sent === undefined ? {} : { body: sent }),
      });
      const response = await fetchGateway(request, bindings);
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text), text };
    },
    async runCron() {
      const context = createExecutionContext();
      await worker.scheduled({} as ScheduledController, bindings as unknown as Bindings, context);
      await waitOnExecutionContext(context);
    },
    async hear(world, { webhookId, body }, signedBy = world.polarEndpoints.sandbox) {
      const headers = await world.simulator.sign(signedBy, webhookId, body, Date.now());
      return (await isolate.ask('POST', '/webhooks/polar', { rawBody: body, headers })).status;
    },
  };
  return isolate;
}
