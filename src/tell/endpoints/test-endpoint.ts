import type { TestReportView } from './endpoints.answers.ts';
import { sendWebhook, type SendReport } from '../deliveries/send.ts';
import { signWebhook } from '../deliveries/sign.ts';
import { describeFailure } from '../deliveries/delivery-outcome.rules.ts';
import { writeForFormat } from '../deliveries/chat-format.rules.ts';
import { newId } from '../../base/ids.rules.ts';
import { sampleBody } from '../events/sample-events.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { type EndpointSecrets, selectSecrets } from './endpoints.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { findPlace, openUrl } from './open-place.ts';
import { isWithinLimit, LIMIT_PERIOD_SECONDS } from '../../http/rate-limit.ts';
import { openEndpointSecrets } from './open-endpoint-secrets.ts';
import { unknownEndpoint } from './present-endpoint.ts';

const GONE = 410;

/**
 * Sends a sample of a type to an endpoint at once, and says what came back. It is no event and no delivery: nothing is
 * stored, counted or tried again (ADR 26). A disabled endpoint is sent one too, so that its app can find out whether it
 * is back.
 * @throws {Problem} `not_found`, also for another app's; `rate_limited`; `unavailable` when its secret cannot be opened.
 */
export async function testEndpoint(
  services: Services,
  app: AppRow,
  { id, type }: { id: string; type: string },
): Promise<TestReportView> {
  const [endpoint] = await selectSecrets(services.database, app.id, id);
  if (!endpoint) throw unknownEndpoint(id);
  await countTest(services, id);
  const eventId = newId('evt');
  const body = sampleBody(type, { id: eventId, app: app.slug, mode: app.mode, now: services.now() });
  const { answer, latencyMs, response } = await sendSample(services, app, { ...endpoint, id }, eventId, body);
  const status = 'status' in answer ? answer.status : null;
  const error = 'error' in answer ? answer.error : null;
  const message =
    status === GONE
      ? 'The endpoint says it is gone (410). Had this been a delivery, it would have been disabled.'
      : describeFailure(status, error);
  return {
    event_id: eventId,
    delivered: message === null,
    status,
    error,
    message,
    latency_ms: latencyMs,
    response,
  };
}

async function sendSample(
  services: Services,
  app: AppRow,
  endpoint: EndpointSecrets & { id: string },
  eventId: string,
  body: string,
): Promise<SendReport> {
  const now = services.now();
  const timestamp = Math.floor(now / 1000);
  const { keys, url } = await open(services, endpoint, now);
  const place = findPlace(services, url, { mode: app.mode, appSlug: () => app.slug });
  if (!place.ok) return { answer: { error: place.error }, latencyMs: 0, response: null };
  const written = writeForFormat(endpoint.format, body);
  const signature = await signWebhook({ id: eventId, timestamp, body: written, keys });
  return sendWebhook(place.value, signature, written);
}

async function open(
  services: Services,
  endpoint: EndpointSecrets & { id: string },
  now: number,
): Promise<{ keys: CryptoKey[]; url: string }> {
  try {
    return {
      keys: await openEndpointSecrets(services.config, endpoint.id, endpoint, now),
      url: await openUrl(services, endpoint),
    };
  } catch (cause) {
    throw new Problem('unavailable', {
      detail: 'The endpoint’s secret cannot be opened. The operator has to bring its encryption key back.',
      retryAfter: LIMIT_PERIOD_SECONDS,
      cause,
    });
  }
}

async function countTest(services: Services, id: string): Promise<void> {
  const success = await isWithinLimit(services, 'LIMIT_APP', `endpoint-test:${id}`);
  if (success) return;
  throw new Problem('rate_limited', {
    detail: 'Too many tests of this endpoint. Try again in a minute.',
    retryAfter: LIMIT_PERIOD_SECONDS,
  });
}
