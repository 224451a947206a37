import { fromBase64 } from './encoding.ts';
import { isRecord } from './claims.ts';
import type { Payment } from './api.ts';
import { requireNumber, requireText } from './options.ts';

/** Everything that can be told about. What Polar adds later arrives as `polar.<its type>`. */
export type EventType =
  | `payment.${'pending' | 'succeeded' | 'retry_scheduled' | 'failed' | 'expired' | 'updated'}`
  | `refund.${'created' | 'succeeded' | 'failed'}`
  | `subscription.${'created' | 'active' | 'updated' | 'renewed' | 'past_due' | 'paused' | 'resumed' | 'canceled' | 'uncanceled' | 'ending' | 'revoked'}`
  | `grant.${'created' | 'updated' | 'renewed' | 'revoked' | 'action_required' | 'fulfilled'}`
  | `customer.${'created' | 'updated' | 'deleted'}`
  | `seat.${'assigned' | 'claimed' | 'revoked'}`
  | `gift.${'claimed' | 'canceled'}`
  | 'discount.exhausted'
  | `dispute.${'created' | 'updated' | 'evidence_due' | 'won' | 'lost' | 'prevented'}`
  | `endpoint.${'failing' | 'disabled'}`
  | `polar.${string}`;

/** What the gateway tells an app, once: remember `data.id`, for it may arrive more than once. */
export interface FloeEvent {
  type: EventType;
  /** When it happened, ISO 8601 UTC. */
  timestamp: string;
  data: {
    /** The event's id, `evt_…`: the same in every attempt and replay. */
    id: string;
    /** The app's slug. */
    app: string;
    mode: 'live' | 'sandbox';
    /** Counts the app's events, without gaps. */
    sequence: number;
    /** Counts the payment's events. */
    payment_sequence: number | null;
    payment: Payment | null;
    /** The object at Polar that this is about. */
    polar: { type: string; data: unknown } | null;
    /** Of `payment.retry_scheduled`: when Polar tries to charge it again, ISO 8601 UTC. */
    next_attempt_at?: string;
    /** Of `grant.created` and `grant.revoked`, when it is one of your own (`POST /v1/grants`): `polar` is null then. */
    grant?: {
      /** `grt_…` */
      id: string;
      source: 'app';
      /** Polar's id, or `external:` and your own. */
      customer: string;
      resources: string[];
      state: 'granted' | 'expired' | 'revoked';
      /** Why you gave it; empty once its customer was forgotten. */
      reason: string;
      /** ISO 8601 UTC. */
      created_at: string;
      expires_at: string | null;
      revoked_at: string | null;
    };
    /** Of `grant.revoked` of such a one: why it ended. */
    reason?: 'expired' | 'revoked' | 'customer_deleted';
    /** Of `endpoint.*`. */
    endpoint?: { id: string } & Record<string, unknown>;
    /** Of `gift.*`: the gift, and whose it is. */
    gift?: {
      id: string;
      payment_id: string;
      product_id: string | null;
      claimed_by: 'link' | 'app' | null;
      customer_id: string | null;
      external_id: string | null;
    };
    /** Of `discount.exhausted`: the discount of which nothing is left. */
    discount?: { id: string; max_redemptions: number };
    /** A sample that somebody asked for: nothing has happened. */
    test?: true;
  };
}

export type WebhookResult =
  | {
      ok: true;
      event: FloeEvent;
      /** The verified body as it came: `event` has a number beyond 2^53 rounded, as JavaScript reads it. */
      text: string;
    }
  | {
      ok: false;
      reason: 'missing_headers' | 'too_large' | 'too_old' | 'too_new' | 'bad_signature' | 'malformed';
    };

/** What arrived, in the words of a framework that has read the body: Node's `req.headers` (HTTP/1 or 2) are such headers. */
interface ReceivedWebhook {
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As it came, not parsed and printed again. */
  body: string | Uint8Array | ArrayBuffer;
}

export interface WebhookOptions {
  /** How far the sender's clock and this one may differ. Default 300. */
  toleranceSeconds?: number;
  /** The time, milliseconds since 1970. */
  now?: () => number;
}

const TOLERANCE_SECONDS = 300;
const MAX_BYTES = 1_048_576;
const PREFIX = 'whsec_';
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Verifies a webhook of the gateway (Standard Webhooks 1.0) and gives the event that it tells. Several secrets: any of
 * them may have signed, while one replaces another. A `Request`'s body is read here. Never throws for what was sent.
 * @throws {TypeError} when a secret is not `whsec_` and base64, `toleranceSeconds` is no number, or the body is read already or no
 * text and no bytes, which are mistakes on this side.
 */
export async function verifyWebhook(
  request: Request | ReceivedWebhook,
  secrets: string | readonly string[],
  options: WebhookOptions = {},
): Promise<WebhookResult> {
  const keys = [secrets].flat().map(readSecret);
  const { toleranceSeconds = TOLERANCE_SECONDS } = options;
  const tolerance = requireNumber('verifyWebhook', 'toleranceSeconds', toleranceSeconds);
  const { headers } = request;
  const id = readHeader(headers, 'webhook-id');
  const timestamp = readHeader(headers, 'webhook-timestamp');
  const signatures = readHeader(headers, 'webhook-signature');
  if (!id || !timestamp || !signatures || !/^\d{1,12}$/.test(timestamp))
    return { ok: false, reason: 'missing_headers' };
  const ageSeconds = (options.now ?? Date.now)() / 1000 - Number(timestamp);
  if (ageSeconds > tolerance) return { ok: false, reason: 'too_old' };
  if (ageSeconds < -tolerance) return { ok: false, reason: 'too_new' };

  // Before it is read.
  if (Number(readHeader(headers, 'content-length') ?? 0) > MAX_BYTES)
    return { ok: false, reason: 'too_large' };
  const body = await readBody(request);
  if (!body) return { ok: false, reason: 'malformed' };
  if (body.length > MAX_BYTES) return { ok: false, reason: 'too_large' };
  const isGenuine = await isSigned(concat(encoder.encode(`${id}.${timestamp}.`), body), signatures, keys);
  if (!isGenuine) return { ok: false, reason: 'bad_signature' };
  const text = readText(body);
  const event = text === undefined ? undefined : readEvent(text);
  return text !== undefined && event ? { ok: true, event, text } : { ok: false, reason: 'malformed' };
}

/** One header's value; what comes several times is joined, as `Headers` would. Others' names and values are not looked at. */
function readHeader(headers: ReceivedWebhook['headers'], name: string): string | null {
  if (isHeaders(headers)) return headers.get(name);
  const values = Object.entries(headers).flatMap(([key, value]) =>
    key.toLowerCase() === name ? (value ?? []) : [],
  );
  return values.length === 0 ? null : values.join(', ');
}

function isHeaders(headers: ReceivedWebhook['headers']): headers is Headers {
  // By what it does: a `fetch` of another make has `Headers` of its own.
  return typeof headers.get === 'function';
}

/** The bytes as they came: parsing and printing again would change what was signed. Undefined when they did not all come. */
async function readBody(request: Request | ReceivedWebhook): Promise<Uint8Array | undefined> {
  if ('arrayBuffer' in request) {
    if (request.bodyUsed)
      throw new TypeError('verifyWebhook: the body is read already. Pass { headers, body }.');
    // Broken off on the way.
    return request.arrayBuffer().then(
      (buffer) => new Uint8Array(buffer),
      () => undefined,
    );
  }
  const { body } = request;
  if (typeof body === 'string') return encoder.encode(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  // Of whatever realm it is.
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return new Uint8Array(body);
  throw new TypeError('verifyWebhook: body is the text or the bytes that came, not what was parsed.');
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Whether one of the signatures (`v1,<base64>` separated by spaces) is of one of the keys. One HMAC a key. */
async function isSigned(
  content: Uint8Array<ArrayBuffer>,
  signatures: string,
  keys: readonly Uint8Array<ArrayBuffer>[],
): Promise<boolean> {
  const claimed = signatures.split(' ');
  let isGenuine = false;
  for (const bytes of keys) {
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
    ]);
    const digest = new Uint8Array(await crypto.subtle.sign('HMAC', key, content));
    const expected = `v1,${btoa(String.fromCharCode(...digest))}`;
    for (const signature of claimed) isGenuine = equals(signature, expected) || isGenuine;
  }
  return isGenuine;
}

/** Compares without telling by its time where two texts differ. */
function equals(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/** Undefined for what is no UTF-8. */
function readText(body: Uint8Array): string | undefined {
  try {
    return decoder.decode(body);
  } catch {
    return undefined;
  }
}

function readEvent(text: string): FloeEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || typeof value['type'] !== 'string' || typeof value['timestamp'] !== 'string')
    return undefined;
  const { data } = value;
  if (!isRecord(data) || typeof data['id'] !== 'string' || typeof data['app'] !== 'string') return undefined;
  // Signed by the gateway, and of its envelope: the rest is as its reference says.
  return value as unknown as FloeEvent;
}

function readSecret(given: string): Uint8Array<ArrayBuffer> {
  const secret = requireText('verifyWebhook', 'the secret (whsec_…)', given);
  const bytes = secret.startsWith(PREFIX) ? readBytes(secret.slice(PREFIX.length)) : undefined;
  if (!bytes || bytes.length === 0) throw new TypeError('verifyWebhook: a secret is whsec_ and base64.');
  return bytes;
}

function readBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return fromBase64(text);
  } catch {
    return undefined;
  }
}
