import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { log } from '../../base/log.ts';
import { Problem } from '../../base/problem.ts';
import { hashSecret } from '../../base/secrets.ts';
import type { Services } from '../../base/services.ts';
import { countAddress } from '../../http/rate-limit.ts';
import { forAnybody, hasRoom, noRoom } from '../../polar/public-budget.ts';
import type { KnownOfKey } from './find-key.ts';
import { type GuessClaim, giveBackGuess, reserveGuess } from './guesses.rows.ts';
import { guessParts, type GuessPart, windowEnd } from './guesses.rules.ts';
import { findAlike } from './key-grants.rows.ts';
import { type CheckRow, findCheck, leaseCheck, releaseCheck, type Slot } from './license-checks.rows.ts';
import { displayKeyOf, type LicenseCode } from './license-code.rules.ts';

/* A question about a key is counted as a guess before Polar is asked, and taken back when it was none (trust rule 10). */

/** Who asks about a key: anybody who has an app's publishable key, or its server. */
export interface Asker {
  app: AppRow;
  kind: 'secret' | 'publishable';
  /** CF-Connecting-IP. */
  address: string;
}

/** Where things about a key are kept. The app is part of the hash: the same key at another app is another. */
export async function slotOf(app: Pick<AppRow, 'id'>, text: string): Promise<Slot> {
  return { appId: app.id, keyHash: await hashSecret(`${app.id} ${text}`) };
}

/** A question that was let through. */
export interface OpenQuestion {
  /** To ask Polar with: what strangers cause keeps to their budget. */
  asking: Services;
  known: KnownOfKey;
  claim: GuessClaim;
}

export type Opened =
  | { state: 'open'; question: OpenQuestion }
  /** Somebody else is asking Polar the same; or has just been answered. */
  | { state: 'busy'; row: CheckRow | undefined };

/**
 * Counts a question, and reads what is known of its key: one round trip. `lease`: it is let through only if nobody else is asking,
 * and what is remembered is older than `stale`.
 * @throws {Problem} `rate_limited`
 */
export async function openQuestion(
  services: Services,
  { app, kind, address }: Asker,
  { text, slot, row }: { text: string; slot: Slot; row: CheckRow | undefined },
  lease?: { until: number; stale: number },
): Promise<Opened> {
  const isKnown = row?.licenseKeyId != null;
  // Of a flood of guesses most end here, before they are counted in the database.
  if (kind === 'publishable' && !isKnown) await countAddress(services, address, 'license');
  const now = services.now();
  const claim: GuessClaim = {
    parts: guessParts(
      { appId: app.id, kind, keyHash: slot.keyHash, addressHash: await hashSecret(address) },
      isKnown,
    ),
    endsAt: windowEnd(now),
    token: crypto.randomUUID(),
  };
  const found = await runBatch(services.database, {
    leased: lease ? [leaseCheck(slot, app.mode, claim, { now, ...lease })] : [],
    ...reserveGuess(claim, now, slot, lease !== undefined),
    alike: findAlike(app.mode, displayKeyOf(text)),
    row: findCheck(slot),
  });
  if (found.counted.length === 0) {
    if (found.full.length > 0) throw tooMany(claim.endsAt - now);
    return { state: 'busy', row: found.row[0] };
  }
  const known = { id: found.row[0]?.licenseKeyId ?? null, alike: found.alike };
  try {
    return { state: 'open', question: { asking: await admit(services, app, kind), known, claim } };
  } catch (error) {
    letGo(services, slot, claim);
    throw error;
  }
}

/** A question that was not asked: it was no guess, and the next one may ask. */
export function letGo(services: Services, slot: Slot, { parts, endsAt, token }: GuessClaim): void {
  services.waitUntil(
    runBatch(services.database, [giveBackGuess(parts, endsAt), releaseCheck(slot, token)]).catch(
      (error: unknown) => log('warn', 'a guess was not taken back', { error }),
    ),
  );
}

/** @throws {Problem} `rate_limited` when strangers have used up what they may ask of Polar */
async function admit(services: Services, app: AppRow, kind: Asker['kind']): Promise<Services> {
  if (kind === 'secret') return services;
  if (await hasRoom(services, app, 'license', 1)) return forAnybody(services, app, 'license', 1);
  throw noRoom('Too many licence keys are being checked. Try again in a few seconds.');
}

function tooMany(ms: number): Problem {
  return new Problem('rate_limited', {
    detail: 'Too many licence keys were refused. Try again later.',
    retryAfter: Math.max(1, Math.ceil(ms / 1000)),
  });
}

/** The parts that a question with this answer was no guess in: a yes in none; a no about a key that exists in the key's. */
export function partsGivenBack({ parts }: GuessClaim, code: LicenseCode): readonly GuessPart[] {
  if (code === 'valid') return parts;
  return code === 'not_found' ? [] : parts.filter(({ part }) => !part.startsWith('key:'));
}

/** Takes guesses back behind the answer. When that fails, they count until their window ends. */
function takeBack(services: Services, parts: readonly GuessPart[], endsAt: number): void {
  if (parts.length === 0) return;
  services.waitUntil(
    runBatch(services.database, [giveBackGuess(parts, endsAt)]).catch((error: unknown) =>
      log('warn', 'a guess was not taken back', { error }),
    ),
  );
}

/** Asks about a key as a guess. `ask` gets what to ask Polar with. @throws {Problem} `rate_limited`, and what `ask` throws */
export async function asGuess<T extends { code: LicenseCode }>(
  services: Services,
  asker: Asker,
  text: string,
  ask: (question: OpenQuestion, slot: Slot) => Promise<T>,
): Promise<T> {
  const slot = await slotOf(asker.app, text);
  const { row } = await runBatch(services.database, { row: findCheck(slot) });
  const opened = await openQuestion(services, asker, { text, slot, row: row[0] });
  if (opened.state === 'busy') throw new Problem('unavailable', { retryAfter: 1 });
  const { claim } = opened.question;
  try {
    const answer = await ask(opened.question, slot);
    takeBack(services, partsGivenBack(claim, answer.code), claim.endsAt);
    return answer;
  } catch (error) {
    letGo(services, slot, claim);
    throw error;
  }
}

/** When Polar or the database is asked again. Seconds. */
const RETRY_SECONDS = 5;

/**
 * What goes wrong while a key is asked about, as callers are told: a check that cannot be made is `unavailable`, never a no
 * (invariant 6). A scope that the token lacks is said, since waiting does not help.
 */
export async function orUnavailable<T>(answering: Promise<T>, detail: string): Promise<T> {
  try {
    return await answering;
  } catch (error) {
    if (error instanceof Problem && error.code !== 'polar_unavailable' && error.code !== 'polar_failed')
      throw error;
    if (!(error instanceof Problem)) log('error', 'a licence key could not be asked about', { error });
    const retryAfter = error instanceof Problem ? (error.init.retryAfter ?? RETRY_SECONDS) : RETRY_SECONDS;
    throw new Problem('unavailable', { detail, retryAfter, cause: error });
  }
}
