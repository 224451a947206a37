import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, FloeError, verifyLicense } from '@floe/kit';
import { forget, keep, readKept } from './kept.js';
import { fingerprint, machineName } from './machine.js';
import {
  app,
  gateway,
  longestWaitMs,
  patienceMs,
  publishableKey,
  refreshAfterMs,
  resource,
} from './settings.js';

/*
 * The life of a licence on this machine. The gateway decides while it can be asked; without a network the kept licence counts until it ends.
 * A network that is away is never a "no", and a "no" is never overruled by the kept licence.
 */

/** The activation is not this machine's any more: it needs another one. */
const GONE = ['activation_unknown', 'conditions_mismatch'];

/** The gateway could not be asked: a reason to go on with what is kept, and never a no. */
export class NotReached extends Error {
  /** The gateway is there, and has no time or is in trouble. */
  get isBusy() {
    return this.cause?.status > 0;
  }
}

/** Uses one of the key's activations for this machine, and fetches its first licence. @returns {Promise<{ code: string, display?: string }>} */
export async function activate(key) {
  const known = await readKept();
  const isActivated = known !== undefined && known.activation_id !== '';
  if (isActivated && known.key === key) {
    // This machine has its place already: it was lost with a crash, or taken back and given again.
    const again = await refresh(known, true);
    if (!GONE.includes(again.code)) return take(again);
  } else if (isActivated && known.lost === undefined) return { code: 'activated_with_another' };
  // Kept before the gateway is asked: when the answer is lost, or the program killed, the same attempt uses no second activation.
  const attempt = (known?.key === key && known.attempt) || randomUUID();
  const begun = {
    key,
    attempt,
    activation_id: '',
    license: '',
    jwks: { keys: [] },
    asked_at: 0,
    last_seen: 0,
  };
  await keep(begun);
  const answer = await call(
    'POST /v1/license-keys/activate',
    { key, label: machineName(), conditions: { fingerprint: fingerprint() } },
    { idempotencyKey: attempt, isPatient: true },
  );
  if (!answer.valid || !answer.activation) {
    await forget();
    return { code: answer.code };
  }
  const { attempt: _, ...kept } = { ...begun, activation_id: answer.activation.id };
  await keep(kept);
  return take(await refresh(kept, true));
}

const take = ({ code, kept }) => ({ code, display: kept?.license ? shown(kept) : undefined });

/**
 * Asks for a new licence, and keeps it. What the gateway takes back is forgotten, but for the key.
 * @throws {NotReached}
 */
async function refresh(kept, isPatient) {
  const answer = await call(
    'POST /v1/license-keys/offline',
    {
      key: kept.key,
      activation_id: kept.activation_id,
      fingerprint: fingerprint(),
    },
    { isPatient },
  );
  const now = Date.now();
  if (!answer.valid || !answer.license) {
    const lost = { ...kept, license: '', lost: answer.code, asked_at: now };
    await keep(lost);
    return { code: answer.code, kept: lost };
  }
  const jwks = await fetchKeys();
  const { lost: _, ...rest } = kept;
  // The gateway was asked just now, so whatever clock was seen before does not matter any more.
  const fresh = { ...rest, license: answer.license, jwks, asked_at: now, last_seen: now };
  await keep(fresh);
  return { code: 'valid', kept: fresh };
}

/**
 * Whether the program may run now.
 * @param {{ online?: boolean }} options `online`: ask now, whenever the gateway was asked last
 * @returns {Promise<{ state: 'none' | 'valid' | 'locked', reason?: string, claims?: import('@floe/kit').LicenseClaims, isOnline: boolean }>}
 */
export async function check({ online = false } = {}) {
  let kept = await readKept();
  if (!kept || kept.activation_id === '') return { state: 'none', isOnline: false };
  let isOnline = false;
  let result = await verify(kept);
  const isDue = Math.abs(Date.now() - kept.asked_at) >= refreshAfterMs;
  // What was taken back is asked for again, since it may have been given again.
  if (online || isDue || !result.ok) {
    try {
      ({ kept } = await refresh(kept, online));
      isOnline = true;
      result = await verify(kept);
    } catch (error) {
      // Whatever the gateway refuses that is not about the key, such as a publishable key that was revoked, is the seller's affair: who
      // has paid goes on with what is kept.
      if (!(error instanceof NotReached || error instanceof FloeError)) throw error;
    }
  }
  if (kept.lost !== undefined) return { state: 'locked', reason: kept.lost, isOnline };
  if (!result.ok) return { state: 'locked', reason: result.reason, claims: result.claims, isOnline };
  if (!result.allows(resource))
    return { state: 'locked', reason: 'not_entitled', claims: result.claims, isOnline };
  if (Date.now() > kept.last_seen) await keep({ ...kept, last_seen: Date.now() });
  return { state: 'valid', claims: result.claims, isOnline };
}

/** Gives the activation back, for another machine. @throws {NotReached} when nothing was given back */
export async function deactivate() {
  const kept = await readKept();
  if (!kept || kept.activation_id === '') return { code: 'none' };
  const answer = await call(
    'POST /v1/license-keys/deactivate',
    {
      key: kept.key,
      activation_id: kept.activation_id,
    },
    { isPatient: true },
  );
  await forget();
  return { code: answer.code };
}

function verify({ license, jwks, last_seen: lastSeen }) {
  return verifyLicense(license, { gateway, app, fingerprint: fingerprint(), jwks, lastSeen });
}

/** `****-B7A4C1` */
function shown({ license }) {
  return JSON.parse(Buffer.from(license.split('.')[1] ?? '', 'base64url').toString()).display_key;
}

/**
 * Asks the gateway. When it is busy it says how long to wait; whoever has typed a command waits for that, a program that starts does not.
 * @throws {NotReached}
 */
async function call(route, body, { idempotencyKey, isPatient = false } = {}) {
  const floe = createClient({ gateway, key: publishableKey, timeoutMs: patienceMs, longestWait: 3 });
  for (let tries = isPatient ? 3 : 1; ; tries--) {
    try {
      return await floe(route, idempotencyKey ? { body, idempotencyKey } : { body });
    } catch (error) {
      // Away, busy or in trouble: it may answer later. Anything else is a fault of this program.
      const isPassing =
        error instanceof FloeError && (error.status === 0 || error.status === 429 || error.status >= 500);
      if (!isPassing) throw error;
      const waitMs = (error.retryAfter ?? Infinity) * 1000;
      if (tries === 1 || waitMs > longestWaitMs) throw new NotReached(error.message, { cause: error });
      await sleep(waitMs);
    }
  }
}

/** The public keys, kept beside the licence. They come from the gateway itself, by https. @throws {NotReached} */
async function fetchKeys() {
  const mode = app.endsWith('-sandbox') ? 'sandbox' : 'live';
  try {
    const response = await fetch(`${gateway}/${mode}/.well-known/jwks.json`, {
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
    });
    if (!response.ok) throw new Error(`the key set: ${response.status}`);
    return await response.json();
  } catch (error) {
    throw new NotReached('The public keys cannot be fetched.', { cause: error });
  }
}
