import { Webhook } from 'standardwebhooks';
import type { Context } from '../../context.ts';
import { VERSION } from '../../version.ts';
import type { ToldEvent } from './told-event.ts';

/** Of a deployed endpoint too (src/tell/deliveries/send.ts). */
const TIMEOUT_MS = 15_000;
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'connection lost',
  UND_ERR_SOCKET: 'connection lost',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'unknown host',
};

export interface Sent {
  /** Null: there was no answer. */
  status: number | null;
  /** Why there was none. */
  error: string | null;
  durationMs: number;
}

/**
 * Sends an event once, with the headers of a delivery (Standard Webhooks 1.0). Ctrl-C does not break it off: the server may have acted.
 */
export async function sendSigned(
  context: Context,
  url: URL,
  { event, secret }: { event: ToldEvent; secret: string },
): Promise<Sent> {
  const at = new Date(context.now());
  const started = performance.now();
  const ended = (status: number | null, error: string | null): Sent => ({
    status,
    error,
    durationMs: Math.round(performance.now() - started),
  });
  try {
    const response = await context.fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'webhook-id': event.id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(event.id, at, event.bodyText),
        'content-type': 'application/json',
        'user-agent': `Floe/${VERSION}`,
      },
      body: event.bodyText,
    });
    const sent = ended(response.status, null);
    // The status decides (ADR 12). The rest is read, so that the connection can be used again.
    await response.arrayBuffer().catch(() => undefined);
    return sent;
  } catch (error) {
    return ended(null, describeReason(error));
  }
}

function describeReason(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'no answer within 15 s';
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return REASONS[code] ?? 'no connection';
}
