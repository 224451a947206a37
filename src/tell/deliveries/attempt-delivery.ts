import { writeForFormat } from './chat-format.rules.ts';
import { type SendReport, sendWebhook } from './send.ts';
import { signWebhook } from './sign.ts';
import { decideOutcome, type DeliveryOutcome, isBroughtForward } from './delivery-outcome.rules.ts';
import { log } from '../../base/log.ts';
import type { Services } from '../../base/services.ts';
import type { ClaimedDelivery } from './claimed-deliveries.rows.ts';
import { readBody } from '../events/passed-on.rules.ts';
import type { EndpointSecrets } from '../endpoints/endpoints.rows.ts';
import { findPlace, openUrl } from '../endpoints/open-place.ts';
import { openEndpointSecrets } from '../endpoints/open-endpoint-secrets.ts';

/** One attempt at a delivery, and its outcome. Times are milliseconds since 1970. */
export interface Attempted {
  delivery: ClaimedDelivery;
  at: number;
  report: SendReport;
  /** What the outcome was decided from. */
  decidedBy: Parameters<typeof decideOutcome>[1];
  outcome: DeliveryOutcome;
  /** The outcome comes from `bringForward`. */
  broughtForward: boolean;
}

/**
 * Makes one attempt; undefined when the endpoint's secret cannot be opened, which is not the endpoint's fault (ADR 12).
 * It never throws: otherwise one delivery that cannot be sent would keep the outcomes of its batch from being recorded,
 * and all of them would be sent again and again.
 */
export async function attemptDelivery(
  services: Services,
  delivery: ClaimedDelivery,
): Promise<Attempted | undefined> {
  const at = services.now();
  let opened: Opened;
  try {
    opened = await open(services, delivery, at);
  } catch (error) {
    // This is no attempt, since it would use up the schedule. The lease runs out, and the sweep tries again until the
    // encryption key is back.
    log('error', 'an endpoint’s secret cannot be opened', { endpoint: delivery.endpointId, error });
    return undefined;
  }
  const report = await send(services, delivery, opened, at).catch((error: unknown): SendReport => {
    log('error', 'a delivery could not be sent', { delivery: delivery.id, error });
    return { answer: { error: 'gateway_error' }, latencyMs: 0, response: null };
  });
  const decidedBy = {
    attempt: delivery.scheduleStep + 1,
    elapsedMs: at - (delivery.runStartedAt ?? at),
    now: services.now(),
    random: Math.random(),
  };
  const outcome = decideOutcome(report.answer, decidedBy);
  return { delivery, at, report, decidedBy, outcome, broughtForward: false };
}

/** Whether it failed before anything was sent, which says nothing about the endpoint (ADR 55). */
export function isOwnFault({ report: { answer } }: Attempted): boolean {
  return 'error' in answer && answer.error === 'gateway_error';
}

/**
 * The outcome of an attempt, once all attempts of its batch are known. `tookOthers`: the endpoint has taken something
 * in the batch.
 */
export function bringForward(attempted: Attempted, tookOthers: boolean): Attempted {
  const { delivery, report, decidedBy, outcome } = attempted;
  if (isOwnFault(attempted) || !isBroughtForward(outcome, { ...delivery, tookOthers })) return attempted;
  const sooner = decideOutcome(report.answer, { ...decidedBy, isTakingOthers: true });
  const isSooner = outcome.kind === 'retry' && sooner.kind === 'retry' && sooner.waitMs < outcome.waitMs;
  return isSooner ? { ...attempted, outcome: sooner, broughtForward: true } : attempted;
}

/** What is encrypted of an endpoint. */
interface Opened {
  keys: readonly CryptoKey[];
  url: string;
}

/** @throws when the secret or a sealed URL cannot be opened */
async function open(services: Services, delivery: ClaimedDelivery, now: number): Promise<Opened> {
  const { endpointId: id } = delivery;
  const previousSecrets = JSON.parse(delivery.previousSecrets) as EndpointSecrets['previousSecrets'];
  const [keys, url] = await Promise.all([
    openEndpointSecrets(services.config, id, { ...delivery, previousSecrets }, now),
    openUrl(services, { ...delivery, id }),
  ]);
  return { keys, url };
}

/** The event's app, as its body names it: the gateway wrote it. */
function appOf(body: string): string {
  const { data } = JSON.parse(body) as { data?: { app?: unknown } };
  return String(data?.app);
}

async function send(
  services: Services,
  delivery: ClaimedDelivery,
  { keys, url }: Opened,
  at: number,
): Promise<SendReport> {
  const told = readBody(delivery.event);
  const place = findPlace(services, url, { mode: delivery.mode, appSlug: () => appOf(told) });
  if (!place.ok) return { answer: { error: place.error }, latencyMs: 0, response: null };
  const body = writeForFormat(delivery.format, told);
  const signature = await signWebhook({
    id: delivery.eventId,
    timestamp: Math.floor(at / 1000),
    body,
    keys,
  });
  // The body must not change, so a header marks a replay (ADR 28).
  const headers = delivery.isReplay ? { ...signature, 'webhook-replay': 'true' } : signature;
  return sendWebhook(place.value, headers, body);
}
