import type { SignedInView } from './sessions.answers.ts';
import { newId } from '../base/ids.rules.ts';
import { coversSession, labelBrowser, readCode } from './sign-in.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { runBatch } from '../base/db/database.rows.ts';
import type { AppRow, SessionRow } from '../base/db/schema.rows.ts';
import { hashSecret, newToken } from '../base/secrets.ts';
import { isSessionRefused } from './sessions.rows.ts';
import {
  type AddressOwner,
  type AttemptRow,
  countGuess,
  MAX_SUBJECTS,
  useAttemptStatements,
} from './sign-in.rows.ts';
import { attachGifts, type GiftOfAddress } from './gifts-of-address.rows.ts';
import { type GuessKind, isRightGuess } from './sign-in-secrets.rows.ts';
import { SESSION_MS } from './exchange-code.ts';
import { refreshMessages } from '../base/messages.ts';
import { forgetCallers } from '../http/identify-caller.ts';
import { fingerprintOf, withIdempotency } from '../http/idempotency.ts';
import { presentNewSession } from './present-session.ts';

const ROUTE = 'POST /v1/sign-in/verify';

export interface SignInProof {
  attempt: string;
  browserToken: string;
  guess: { kind: GuessKind; value: string };
  /** A session's token: ended when the new sessions open all that it did. */
  session: string | undefined;
  userAgent: string | undefined;
}

/** Sessions of the gateway's own pages open Polar's portal, so people have to prove their address again sooner. */
const GATEWAY_SESSION_MS = 24 * 60 * 60_000;

/**
 * Makes sessions for each customer and member that has the attempt's address, the best first (ADR 32). Tokens are
 * always new, so that somebody who knew the old one gets nothing (session fixation). At most once for an
 * `Idempotency-Key`, which also gives a lost answer again; the code and the browser's token are in the fingerprint, so
 * nobody gets the sessions by the key alone. Two D1 round trips, one when the guess is wrong; with a key one more,
 * since a guess is counted only after the request holds its key.
 * @throws {Problem} `invalid_code` for every reason alike: unknown, used, expired, five wrong guesses, another app's,
 * another browser's, not mailed, wrong; and see `withIdempotency`
 */
export function verifySignIn(
  services: Services,
  app: AppRow,
  proof: SignInProof,
  request: { key: string | undefined; rawBody: string },
): Promise<{ body: unknown }> {
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf(ROUTE, request.rawBody),
    prefetch: [],
  };
  return refuseUsed(
    withIdempotency(services, once, async () => {
      const { made, replaced, recipient } = await prove(services, app, 'app', proof);
      const now = services.now();
      const [{ token, session }, ...others] = made;
      const body: SignedInView = {
        ...presentNewSession(token, session),
        replaced: replaced !== undefined,
        others: others.map((each) => presentNewSession(each.token, each.session)),
      };
      return {
        status: 200,
        body,
        commit: [
          ...useAttemptStatements(
            services.database,
            app,
            proof.attempt,
            made.map((each) => each.session),
            { replacedId: replaced?.id, now },
          ),
          ...(recipient ? [attachGifts({ ...recipient, app: app.id, mode: app.mode, now })] : []),
        ],
        committed: () => {
          if (replaced) forgetCallers();
          if (recipient)
            services.wake(
              refreshMessages({ appId: app.id, customerIds: [recipient.customerId], paymentIds: [] }),
            );
        },
      };
    }),
  );
}

/**
 * The same for a browser on the gateway's own pages, which holds one session, the best; the session that it held
 * before, of whichever app, is ended. @returns its token
 */
export function verifyVisit(
  services: Services,
  app: AppRow,
  proof: Omit<SignInProof, 'session'>,
  before: SessionRow | undefined,
): Promise<string> {
  const visit = async () => {
    const { made } = await prove(services, app, 'gateway', { ...proof, session: undefined });
    const [{ token, session }] = made;
    const used = { replacedId: before?.id, now: services.now() };
    await runBatch(
      services.database,
      useAttemptStatements(services.database, app, proof.attempt, [session], used),
    );
    return token;
  };
  return refuseUsed(visit());
}

async function refuseUsed<T>(verified: Promise<T>): Promise<T> {
  try {
    return await verified;
  } catch (error) {
    throw isSessionRefused(error) ? new Problem('invalid_code') : error;
  }
}

/** Counts the guess; if it is right, gives the sessions to be made and the one that they replace. */
async function prove(services: Services, app: AppRow, holder: SessionRow['holder'], proof: SignInProof) {
  const now = services.now();
  const { attempt, owners, gifts, old } = await countGuess(services.database, app, {
    attempt: proof.attempt,
    holder,
    browserHash: await hashSecret(proof.browserToken),
    sessionHash: await hashSecret(proof.session ?? ''),
    now,
  });
  const isRight = await isRightProof(services, attempt, proof);
  // A customer with this very address has what was given to it. Without one there is a session for each gift.
  const ownerOfGifts = gifts.length === 0 ? undefined : owners.find(hasAddress);
  const given = ownerOfGifts ? [] : gifts.slice(0, Math.max(0, MAX_SUBJECTS - owners.length));
  const [best, ...others]: Signed[] = [...owners, ...given];
  // Without a mail nobody can know the code, so a right guess was luck and is refused.
  if (!isRight || !attempt || attempt.mailedAt === null || !best) throw new Problem('invalid_code');
  const make = async (signed: Signed) => {
    const token = newToken('session', app.mode);
    const owner = 'customerId' in signed ? signed : undefined;
    const replaces = old !== undefined && (owner ? coversSession(owner, old) : isSessionOf(old, signed));
    const session: Omit<SessionRow, 'revokedAt'> = {
      id: newId('ses'),
      hash: await hashSecret(token),
      appId: app.id,
      paymentId:
        'paymentId' in signed ? signed.paymentId : replaces && !owner?.memberId ? old.paymentId : null,
      customerId: owner?.customerId ?? null,
      externalId: null,
      memberId: owner?.memberId ?? null,
      proof: 'email',
      holder,
      email: attempt.email,
      label: labelBrowser(proof.userAgent),
      createdAt: now,
      expiresAt: now + (holder === 'gateway' ? GATEWAY_SESSION_MS : SESSION_MS),
    };
    return { token, session, replaces };
  };
  const made = [await make(best), ...(await Promise.all(others.map(make)))] as const;
  const recipient = ownerOfGifts && { customerId: ownerOfGifts.customerId, email: attempt.email };
  return { made, replaced: made.some(({ replaces }) => replaces) ? old : undefined, recipient };
}

/** Whom an address stands for: a customer or member, or who was given a purchase. */
type Signed = AddressOwner | GiftOfAddress;

function hasAddress({ memberId, isOwn }: AddressOwner): boolean {
  return memberId === null && isOwn === 1;
}

/** The session is that of the same gift, from when it was claimed. */
function isSessionOf(old: SessionRow, signed: Signed): boolean {
  return 'paymentId' in signed && old.paymentId === signed.paymentId && old.customerId === null;
}

function isRightProof(
  services: Services,
  attempt: AttemptRow | undefined,
  { attempt: id, browserToken, guess }: SignInProof,
): Promise<boolean> {
  const { kind } = guess;
  const stored = kind === 'code' ? attempt?.codeHash : attempt?.linkHash;
  const value = kind === 'code' ? readCode(guess.value) : guess.value;
  return isRightGuess(services.config, stored ?? '', { kind, attempt: id, browserToken, value });
}
