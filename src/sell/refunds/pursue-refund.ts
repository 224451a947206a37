import { log } from '../../base/log.ts';
import type { PolarRead } from '../../base/polar-gateway.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { REQUEST_METADATA_KEY } from '../../polar/parse-purchases.rules.ts';
import { cancelRefunded } from './cancel-refunded.ts';
import { decideUnseen, nextLook } from './pursuit.rules.ts';
import {
  claimRequest,
  deleteRequest,
  noteSend,
  postponeRequest,
  refuseRequest,
  type RefundRequest,
} from './refund-requests.rows.ts';
import { acceptRefund, sendRefund } from './send-refund.ts';

/** What has become of a request. `open`: that is not known yet, and somebody looks again later. */
export type Outcome = 'accepted' | 'open' | { refused: Problem };

/** Goes on with a request that a crash or Polar left undone. @throws when D1 does */
export async function goOnWithRefund(services: Services, id: string): Promise<void> {
  const request = await claimRequest(services.database, id, services.now());
  if (request) await pursueRefund(services, request);
}

/**
 * Goes on with a request that its caller has claimed: looks for it at Polar, and only when Polar surely has not got it
 * sends it once more (ADR 74). @throws when D1 does
 */
export async function pursueRefund(services: Services, request: RefundRequest): Promise<Outcome> {
  const outcome = request.status === 'accepted' ? 'accepted' : await lookOrSend(services, request);
  if (outcome === 'accepted') await cancelRefunded(services, request);
  return outcome;
}

/** Sends a request for the first time: its caller has made the row a moment ago. @throws when D1 does */
export async function sendFirst(services: Services, request: RefundRequest): Promise<Outcome> {
  const outcome = await sendOnce(services, request);
  if (outcome === 'accepted') await cancelRefunded(services, request);
  return outcome;
}

async function lookOrSend(services: Services, request: RefundRequest): Promise<Outcome> {
  const lookedAt = services.now();
  let found;
  try {
    found = await findAtPolar(services, request);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    log('warn', 'Polar could not be asked for a refund', { requestId: request.id, error });
    return leaveOpen(services, request);
  }
  if (found) {
    const accepted = await acceptRefund(services, request, found);
    return accepted === 'unknown' ? leaveOpen(services, request) : accepted;
  }
  const next = decideUnseen({ sends: request.attempts, sentAt: request.updatedAt }, lookedAt);
  if (next === 'look_again') return leaveOpen(services, request);
  if (next === 'give_up') return refuse(services, request, new Problem('polar_failed'));
  const sent = await noteSend(services.database, request, services.now());
  return sent ? sendOnce(services, sent) : 'open';
}

async function sendOnce(services: Services, request: RefundRequest): Promise<Outcome> {
  const sending = await sendRefund(services, request);
  if (sending === 'accepted') return sending;
  return sending === 'unknown' ? leaveOpen(services, request) : refuse(services, request, sending.refused);
}

/** Nobody knows of one that Polar refused at its only send, but its caller, who is told; later ones are shown as failed. */
async function refuse(services: Services, request: RefundRequest, problem: Problem): Promise<Outcome> {
  if (request.attempts === 1) await deleteRequest(services.database, request);
  else await refuseRequest(services.database, request, problem.code);
  return { refused: problem };
}

async function leaveOpen(services: Services, request: RefundRequest): Promise<Outcome> {
  const { id, attempts: sends, updatedAt: sentAt } = request;
  const now = services.now();
  const at = nextLook({ sends, sentAt }, now);
  await postponeRequest(services.database, request, at);
  services.wakeLater([
    { message: { type: 'refund', requestId: id }, delaySeconds: Math.ceil((at - now) / 1000) },
  ]);
  return 'open';
}

/** Polar's refund that names this request. New ones push others towards later pages, so none is missed between two. */
async function findAtPolar(services: Services, request: RefundRequest): Promise<PolarRead | undefined> {
  const polar = services.polar(request.mode);
  for (let page = 1; ; page++) {
    const { items, maxPage, requestedAt } = await polar.fetchRefunds(request.orderId, page);
    const data = items.find((item) => namedIn(item) === request.id);
    if (data !== undefined) return { data, requestedAt };
    if (page >= maxPage) return undefined;
  }
}

function namedIn(refund: unknown): unknown {
  const { metadata }: { metadata?: unknown } = Object(refund);
  const named: Record<string, unknown> = Object(metadata);
  return named[REQUEST_METADATA_KEY];
}
