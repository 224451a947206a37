import { VERSION } from '../../base/version.rules.ts';
import type { SendError } from './delivery-outcome.rules.ts';

export const USER_AGENT = `Floe/${VERSION}`;
const TIMEOUT_MS = 15_000;
/** The status has come by then; the body is only kept for people to read (ADR 12). */
const BODY_TIMEOUT_MS = 2_000;
const MAX_RESPONSE_BYTES = 2048;

/** A queue takes a message of 128 KB, its names and what the queue adds included. */
const MAX_QUEUED_BYTES = 127_000;
/** The address that another Worker sees. Nothing is looked up for it: the binding is the way there. */
const WORKER_URL = 'https://floe.invalid/events';
/** What is recorded when a queue has taken a message: whether its consumer does, the queue sees to. */
const QUEUED = 202;

/** Where a webhook goes. */
export type Place =
  | { kind: 'url'; url: URL }
  | { kind: 'worker'; worker: Fetcher }
  | { kind: 'queue'; queue: Queue };

/** What a queue is sent: what a receiver gets as a request. */
export interface QueuedWebhook {
  headers: Record<string, string>;
  body: string;
}

export interface SendReport {
  answer: { status: number; retryAfter: string | null } | { error: SendError };
  latencyMs: number;
  /** The first 2 KB of the answer's body. */
  response: string | null;
}

/**
 * Sends one signed webhook. Never throws: the report says what went wrong. Redirects are not followed, since they could
 * lead to an address that `checkEndpointUrl` refuses (trust rule 12). `headers` are those of the signature; no other
 * header of ours is sent.
 */
export async function sendWebhook(
  place: Place,
  headers: Record<string, string>,
  body: string,
): Promise<SendReport> {
  const started = performance.now();
  const latency = () => Math.round(performance.now() - started);
  if (place.kind === 'queue') return { ...(await enqueue(place.queue, headers, body)), latencyMs: latency() };
  // When the signal fires, workerd does not always settle a fetch whose peer stays silent; the race does.
  const cancel = new AbortController();
  try {
    const request = {
      method: 'POST',
      redirect: 'manual',
      signal: cancel.signal,
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': USER_AGENT },
      body,
    } as const;
    const response = await withTimeout(
      TIMEOUT_MS,
      place.kind === 'url' ? fetch(place.url, request) : place.worker.fetch(WORKER_URL, request),
    );
    const latencyMs = latency();
    return {
      answer: { status: response.status, retryAfter: response.headers.get('retry-after') },
      latencyMs,
      response: await readStart(response),
    };
  } catch (error) {
    const answer = { error: place.kind === 'worker' ? classifyWorker(error) : classify(error) };
    return { answer, latencyMs: latency(), response: null };
  } finally {
    cancel.abort();
  }
}

async function enqueue(
  queue: Queue,
  headers: Record<string, string>,
  body: string,
): Promise<Pick<SendReport, 'answer' | 'response'>> {
  const message: QueuedWebhook = { headers, body };
  const bytes = new TextEncoder().encode(JSON.stringify(message)).byteLength;
  if (bytes > MAX_QUEUED_BYTES) return { answer: { error: 'too_large' }, response: null };
  try {
    await withTimeout(TIMEOUT_MS, queue.send(message, { contentType: 'json' }));
    return { answer: { status: QUEUED, retryAfter: null }, response: null };
  } catch (error) {
    return { answer: { error: error instanceof TimeoutError ? 'timeout' : 'queue_refused' }, response: null };
  }
}

class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

async function withTimeout<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`nothing within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
    // The loser may still reject later, and must not be an unhandled rejection.
    promise.catch(() => {});
  }
}

/** Reads no more than is kept, so that neither a large nor an endless answer costs memory or time. */
async function readStart(response: Response): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const read = { text: '' };
  try {
    await withTimeout(BODY_TIMEOUT_MS, readInto(reader, read));
  } catch {
    // When the body hangs or breaks off, what came is kept.
  }
  reader.cancel().catch(() => {});
  // NUL would end the text early in SQLite's functions.
  return read.text.replaceAll('\u0000', '\uFFFD');
}

async function readInto(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  read: { text: string },
): Promise<void> {
  const decoder = new TextDecoder();
  for (let left = MAX_RESPONSE_BYTES; left > 0;) {
    const { done, value } = await reader.read();
    if (done) return;
    read.text += decoder.decode(value.subarray(0, left), { stream: true });
    left -= value.byteLength;
  }
}

/** A Worker that throws gives its error to who called it. */
function classifyWorker(error: unknown): SendError {
  return error instanceof TimeoutError ? 'timeout' : 'worker_failed';
}

/** workerd and Node word their connection errors differently, and neither gives them codes. */
function classify(error: unknown): SendError {
  if (!(error instanceof Error)) return 'connection_failed';
  if (error instanceof TimeoutError || /time(d)?[ -]?out/i.test(error.message)) return 'timeout';
  const text = `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`;
  if (/dns|getaddrinfo|enotfound|resolve/i.test(text)) return 'dns';
  if (/tls|ssl|certificate|handshake/i.test(text)) return 'tls';
  if (/refused/i.test(text)) return 'refused';
  if (/reset|lost|closed|disconnect|hang up|premature/i.test(text)) return 'connection_lost';
  return 'connection_failed';
}
