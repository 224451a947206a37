import type { Services } from '../base/services.ts';
import { readText } from '../http/read-text.ts';
import { ingestPolarEvent } from './ingest-polar-event.ts';
import type { ReceivedView } from './polar-events.answers.ts';

export const POLAR_WEBHOOK_PATH = '/webhooks/polar';

/** Polar's largest payloads carry whole products; a D1 row is safe up to 1 MB. */
const MAX_EVENT_BYTES = 900 * 1024;

/** Takes one webhook of Polar's. @throws {Problem} as `ingestPolarEvent`, and `payload_too_large` */
export async function receivePolarWebhook(services: Services, request: Request): Promise<Response> {
  const body = await readText(request, MAX_EVENT_BYTES);
  const status = await ingestPolarEvent(services, request.headers, body);
  return Response.json({ received: true, status } satisfies ReceivedView);
}
