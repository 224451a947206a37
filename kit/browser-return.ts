import { dropReturn, recallVerifier } from './browser-checkout.ts';
import type { BrowserSettings } from './browser-settings.ts';
import { isSessionOf, type SessionStore } from './browser-store.ts';
import { createClient } from './client.ts';
import { readReturn, type Return } from './gate-return.ts';
import { FloeError } from './problem.ts';

/** What became of a return from checkout. */
export type ReturnOutcome =
  /** No return: an ordinary visit. */
  | 'none'
  | 'signed_in'
  /** No purchase under way began in this browser: the code is somebody else's, and was not used. */
  | 'not_ours'
  /** Used, or too late. Who has bought signs in by mail. */
  | 'refused'
  | 'unavailable';

/** The code lives two minutes. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 16_000];

/** Takes a return out of the page's address, before anything else can read or keep it. */
export function takeReturn({ page }: BrowserSettings): Return | undefined {
  if (page === undefined) return undefined;
  const url = new URL(page.location.href);
  if (!/^pay_[0-9a-z]{26}$/.test(url.searchParams.get('payment_id') ?? '')) return undefined;
  const back = readReturn(new Request(url.href.split('#', 1)[0] ?? url.href), url);
  page.history.replaceState(page.history.state, '', `${url.pathname}${dropReturn(url)}${url.hash}`);
  return back;
}

/** Exchanges a return's code, if this browser can prove that it began the purchase. */
export async function finishBrowserReturn(
  settings: BrowserSettings,
  store: SessionStore,
  back: Return | undefined,
): Promise<ReturnOutcome> {
  if (back === undefined) return 'none';
  const verifier = recallVerifier(settings);
  if (verifier === undefined) return 'not_ours';
  const floe = createClient({ gateway: settings.gateway, key: settings.key, fetch: settings.fetch });
  // One for all attempts: a code is good for once, and an answer may get lost.
  const idempotencyKey = crypto.randomUUID();
  for (let attempt = 0; ; attempt++) {
    try {
      const { session, expires_at: expires } = await floe('POST /v1/sessions/exchange', {
        body: { code: back.code, callback_url: back.callbackUrl, code_verifier: verifier },
        idempotencyKey,
      });
      const expiresAt = Date.parse(expires);
      if (!isSessionOf(session, settings.mode) || Number.isNaN(expiresAt)) return 'refused';
      store.add({ session, expiresAt, proof: 'purchase', token: null });
      return 'signed_in';
    } catch (error) {
      const isPassing =
        error instanceof FloeError &&
        (error.status === 0 || error.status >= 429 || error.code === 'idempotency_in_progress');
      if (!isPassing) return 'refused';
      const wait = WAITS_MS[attempt];
      if (wait === undefined) return 'unavailable';
      const askedMs = (error.retryAfter ?? 0) * 1000;
      await new Promise((resolve) => setTimeout(resolve, Math.max(wait, Math.min(askedMs, 30_000))));
    }
  }
}
