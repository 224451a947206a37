import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import * as z from 'zod';
import type { EventStore } from './events.ts';
import { readTenantName, type SiteOptions } from './tenants.ts';

const MAX_BYTES = 1024 * 1024;

/** As much of an event as this site uses. */
const shape = z.object({
  type: z.string(),
  timestamp: z.string(),
  data: z.object({
    sequence: z.nullish(z.number()),
    payment: z.nullish(z.object({ id: z.string() })),
  }),
});

/** Where the gateway tells this site what happened. Only what the endpoint's secret has signed is believed. */
export function hookRoutes(options: SiteOptions, events: EventStore): Hono {
  const routes = new Hono();
  routes.post('/hooks/:tenant', bodyLimit({ maxSize: MAX_BYTES }), async (c) => {
    const tenant = readTenantName(c.req.param('tenant'));
    if (!tenant) return c.json({ message: 'No such app.' }, 404);
    const body = await c.req.text();
    const id = c.req.header('webhook-id') ?? '';
    try {
      new Webhook(options.tenants[tenant].webhookSecret).verify(body, {
        'webhook-id': id,
        'webhook-timestamp': c.req.header('webhook-timestamp') ?? '',
        'webhook-signature': c.req.header('webhook-signature') ?? '',
      });
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      return c.json({ message: 'The signature does not verify.' }, 401);
    }
    const message: unknown = JSON.parse(body);
    const { type, timestamp, data } = shape.parse(message);
    await events.add({
      id,
      tenant,
      type,
      timestamp,
      paymentId: data.payment?.id ?? null,
      sequence: data.sequence ?? null,
      receivedAt: new Date().toISOString(),
      payload: message,
    });
    return c.body(null, 204);
  });
  return routes;
}
