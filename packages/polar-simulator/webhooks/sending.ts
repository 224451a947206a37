/** Events on their way to an endpoint: order guard, attempts, retries, and giving up (facts §2). */

import { PRIORITY } from '../jobs.ts';
import type { EndpointRow, EventRow } from '../state.ts';
import { MINUTE_MS, SECOND_MS, msFromIso } from '../time.ts';
import type { World } from '../world.ts';
import { deliveryHeaders } from './signing.ts';

const ATTEMPTS_MAX = 10;
const DELAY_MAX_MS = 20 * MINUTE_MS;
const TIMEOUT_MS = 10 * SECOND_MS;
const RESPONSE_CHARACTERS = 2048;
/** After this many finished events failed in a row the endpoint is disabled. */
const FAILURES_TO_DISABLE = 10;
/** An older event holds back a newer one until it was tried, but not longer than this. */
const HOLD_BACK_MS = MINUTE_MS;

export type Send = (request: Request) => Promise<Response>;

export interface Sender {
  /** Resolves when the attempt has been made (or the event needs none). */
  send(data: { event_id: string; redelivery: boolean }): Promise<void>;
  /** Resolves when no attempt is under way. */
  idle(): Promise<void>;
}

/** First attempts of one endpoint are made one after the other; endpoints do not wait for each other. */
export function createSender(world: World, fetch: Send): Sender {
  const lanes = new Map<string, Promise<void>>();
  const underWay = new Set<Promise<void>>();

  async function inTurn(event: EventRow, endpoint: EndpointRow): Promise<void> {
    const before = lanes.get(endpoint.id) ?? Promise.resolve();
    const attempted = before.then(async () => attempt(world, fetch, event, endpoint));
    lanes.set(endpoint.id, Promise.race([attempted, heldBackEnough(attempted)]));
    await attempted;
  }

  return {
    async send({ event_id, redelivery }) {
      const event = world.tables.events.get(event_id);
      const endpoint = world.tables.endpoints.get(event?.endpoint_id);
      if (!event || !endpoint || event.is_archived || (event.skipped && !redelivery)) return;
      if (!endpoint.enabled && !redelivery) return;
      const first = event.attempts === 0 && !redelivery;
      const work = first ? inTurn(event, endpoint) : attempt(world, fetch, event, endpoint);
      underWay.add(work);
      try {
        await work;
      } finally {
        underWay.delete(work);
      }
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

/** Real time, since it guards against a receiver that really hangs. */
async function heldBackEnough(attempted: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, HOLD_BACK_MS);
  });
  await Promise.race([attempted, waited]);
  clearTimeout(timer);
}

async function attempt(world: World, fetch: Send, event: EventRow, endpoint: EndpointRow): Promise<void> {
  const fate = world.faults.forAttempt(event);
  if (fate === 'dropped') {
    event.attempts += 1;
    event.succeeded = true;
    return;
  }
  const outcome = await post(world, fetch, event, endpoint);
  if (fate === 'twice') await post(world, fetch, event, endpoint);
  event.attempts += 1;
  event.last_http_code = outcome.code;
  world.tables.deliveries.insert({
    id: world.id(),
    created_at: world.stamp(),
    event_id: event.id,
    endpoint_id: endpoint.id,
    succeeded: outcome.succeeded,
    http_code: outcome.code,
    response: outcome.response.slice(0, RESPONSE_CHARACTERS),
  });
  world.changed();
  if (outcome.succeeded) {
    event.succeeded = true;
  } else if (event.attempts < ATTEMPTS_MAX) {
    const delayMs = retryDelayMs(event.attempts, world.random.next());
    world.schedule(
      'webhook.send',
      { event_id: event.id, redelivery: false },
      { delayMs, priority: PRIORITY.send },
    );
  } else {
    event.succeeded = false;
    disableIfHopeless(world, endpoint);
  }
}

/** 4, 8 … 1024 s, at most 20 min, with jitter in [½, 1]; `attempts` made so far, `dice` in [0, 1). */
export function retryDelayMs(attempts: number, dice: number): number {
  const full = Math.min(4 * SECOND_MS * 2 ** (attempts - 1), DELAY_MAX_MS);
  return Math.round(full * (0.5 + dice / 2));
}

async function post(
  world: World,
  fetch: Send,
  event: EventRow,
  endpoint: EndpointRow,
): Promise<{ succeeded: boolean; code: number | null; response: string }> {
  const headers = await deliveryHeaders(endpoint, event.id, event.body, world.receiverNow());
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  try {
    const request = new Request(endpoint.url, {
      method: 'POST',
      headers,
      body: event.body,
      redirect: 'manual',
      signal: timeout.signal,
    });
    const response = await fetch(request);
    const text = await response.text();
    return {
      succeeded: response.status >= 200 && response.status < 300,
      code: response.status,
      response: text,
    };
  } catch (error) {
    const reason = timeout.signal.aborted
      ? 'Timed out'
      : error instanceof Error
        ? error.message
        : String(error);
    return { succeeded: false, code: null, response: reason };
  } finally {
    clearTimeout(timer);
  }
}

function disableIfHopeless(world: World, endpoint: EndpointRow): void {
  const events = world.tables.events.by('endpoint', endpoint.id);
  const finished = events.filter((event) => event.succeeded !== null && !event.skipped);
  const last = finished
    .toSorted((a, b) => msFromIso(lastAttemptAt(world, a)) - msFromIso(lastAttemptAt(world, b)))
    .slice(-FAILURES_TO_DISABLE);
  if (last.length < FAILURES_TO_DISABLE || last.some((event) => event.succeeded)) return;
  endpoint.enabled = false;
  world.touch(endpoint);
  for (const event of events) {
    if (event.succeeded === null) event.skipped = true;
  }
}

const lastAttemptAt = (world: World, event: EventRow): string =>
  world.tables.deliveries.by('event', event.id).at(-1)?.created_at ?? event.created_at;
