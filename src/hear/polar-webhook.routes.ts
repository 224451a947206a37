import type { ReceivedView } from './polar-events.answers.ts';
import { ingestPolarEvent } from './ingest-polar-event.ts';
import { type App, defineRoute, mount, readText } from '../http/route.ts';

/** Polar's largest payloads carry whole products; a D1 row is safe up to 1 MB. */
const MAX_EVENT_BYTES = 900 * 1024;

export const postPolarWebhook = defineRoute({
  method: 'post',
  path: '/webhooks/polar',
  auth: [],
});

export function mountPolarWebhook(app: App): void {
  mount(app, postPolarWebhook, async (c) => {
    const body = await readText(c.req.raw, MAX_EVENT_BYTES);
    const status = await ingestPolarEvent(c.get('services'), c.req.raw.headers, body);
    return c.json({ received: true, status } satisfies ReceivedView);
  });
}
