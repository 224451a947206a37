import { type SendReport, sendWebhook } from './send.ts';
import { signWebhook } from './sign.ts';
import { decideOutcome, type DeliveryOutcome, isBroughtForward } from './delivery-outcome.rules.ts';
import { checkEndpointUrl } from '../endpoints/endpoint-urls.rules.ts';
import { log } from '../../base/log.ts';
import type { Services } from '../../base/services.ts';
import { readBody } from './deliveries.rows.ts';
import type { ClaimedDelivery } from './delivery-claims.rows.ts';
import type { EndpointSecrets } from '../endpoints/endpoints.rows.ts';
import { endpointUrlRules } from '../endpoints/check-endpoint-url.ts';
import { openEndpointSecrets } from '../endpoints/open-endpoint-secrets.ts';

/** One attempt at a delivery, and what it means. Times are milliseconds since 1970. */
export interface Attempted {
  delivery: ClaimedDelivery;
  at: number;
  report: SendReport;
  /** What the outcome was decided from. */
  decidedBy: Parameters<typeof decideOutcome>[1];
  outcome: DeliveryOutcome;
  /** The outcome is of `bringForward`. */
  broughtForward: boolean;
}

/**
 * One attempt; undefined when the endpoint's secret cannot be opened, which is no fault of the endpoint's. It never throws: one
 * delivery that cannot be sent would keep what the others of its batch have come to from being written down, and they would
 * be sent again with it for ever.
 */
export async function attemptDelivery(
  services: Services,
  delivery: ClaimedDelivery,
): Promise<Attempted | undefined> {
  const at = services.now();
  let keys: CryptoKey[];
  try {
    keys = await openKeys(services, delivery, at);
  } catch (error) {
    // Not an attempt: it would use up the schedule. The lease runs out and the sweep tries again until a key is back.
    log('error', 'an endpoint’s secret cannot be opened', { endpoint: delivery.endpointId, error });
    return undefined;
  }
  const report = await send(services, delivery, keys, at).catch((error: unknown): SendReport => {
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

/** Whether it failed before anything was sent: that says nothing of the endpoint. */
export function isOwnFault({ report: { answer } }: Attempted): boolean {
  return 'error' in answer && answer.error === 'gateway_error';
}

/** What an attempt means when all of its batch are known. `tookOthers`: the endpoint has taken something in it. */
export function bringForward(attempted: Attempted, tookOthers: boolean): Attempted {
  const { delivery, report, decidedBy, outcome } = attempted;
  if (isOwnFault(attempted) || !isBroughtForward(outcome, { ...delivery, tookOthers })) return attempted;
  const sooner = decideOutcome(report.answer, { ...decidedBy, isTakingOthers: true });
  const isSooner = outcome.kind === 'retry' && sooner.kind === 'retry' && sooner.waitMs < outcome.waitMs;
  return isSooner ? { ...attempted, outcome: sooner, broughtForward: true } : attempted;
}

async function openKeys(services: Services, delivery: ClaimedDelivery, now: number): Promise<CryptoKey[]> {
  const previousSecrets = JSON.parse(delivery.previousSecrets) as EndpointSecrets['previousSecrets'];
  return openEndpointSecrets(services.config, delivery.endpointId, { ...delivery, previousSecrets }, now);
}

async function send(
  services: Services,
  delivery: ClaimedDelivery,
  keys: readonly CryptoKey[],
  at: number,
): Promise<SendReport> {
  const { config } = services;
  const url = checkEndpointUrl(delivery.url, endpointUrlRules(config, delivery.mode));
  if (!url.ok) return { answer: { error: 'disallowed_url' }, latencyMs: 0, response: null };
  const body = readBody(delivery.event);
  const signature = await signWebhook({
    id: delivery.eventId,
    timestamp: Math.floor(at / 1000),
    body,
    keys,
  });
  // The bytes are the event's, so what marks a replay stands beside them.
  const headers = delivery.isReplay ? { ...signature, 'webhook-replay': 'true' } : signature;
  return sendWebhook(url.value, headers, body);
}
