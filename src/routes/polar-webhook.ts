import * as z from 'zod/mini';
import { ingestPolarEvent } from '../flows/ingest-polar-event.ts';
import { type App, defineRoute, mount, readText } from '../route.ts';

/** Polar's largest payloads carry whole products; a D1 row is safe up to 1 MB. */
const MAX_EVENT_BYTES = 900 * 1024;

export const postPolarWebhook = defineRoute({
  method: 'post',
  path: '/webhooks/polar',
  tag: 'Polar',
  summary: 'Receive a webhook of Polar’s',
  description:
    'Standard Webhooks headers. The secret that verifies tells the mode. 2xx means stored: again is no error. ' +
    'Register this address at Polar as a raw endpoint with all event types.',
  auth: [],
  responses: {
    200: {
      description: 'Stored',
      schema: z.object({ received: z.boolean(), status: z.enum(['applied', 'duplicate', 'kept_as_failed']) }),
    },
  },
  problems: [
    'invalid_signature',
    'organization_mismatch',
    'payload_too_large',
    'validation_failed',
    'unavailable',
  ],
});

export function mountPolarWebhook(app: App): void {
  mount(app, postPolarWebhook, async (c) => {
    const body = await readText(c.req.raw, MAX_EVENT_BYTES);
    const status = await ingestPolarEvent(c.get('services'), c.req.raw.headers, body);
    return c.json({ received: true, status });
  });
}
