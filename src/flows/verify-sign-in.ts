import { newId } from '../domain/ids.ts';
import { coversSession, labelBrowser, readCode } from '../domain/sign-in.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';
import type { AppRow, SessionRow } from '../storage/schema.ts';
import { hashSecret, newToken } from '../storage/secrets.ts';
import { countGuess, useAttempt } from '../storage/sign-in.ts';
import { type GuessKind, isRightGuess } from '../storage/sign-in-secrets.ts';
import { SESSION_MS } from './exchange-code.ts';
import { forgetCallers } from './identify-caller.ts';

export interface SignInProof {
  attempt: string;
  browserToken: string;
  guess: { kind: GuessKind; value: string };
  /** A session's token: ended when the new session opens all that it did. */
  session: string | undefined;
  holder: SessionRow['holder'];
  userAgent: string | undefined;
}

/** In the gateway's own pages somebody may open Polar's portal: asked for a new proof sooner. */
const GATEWAY_SESSION_MS = 24 * 60 * 60_000;

/**
 * A session for whoever has the address that an attempt was mailed to. Always a new token: whoever knew the old one knows
 * nothing (session fixation). Two D1 round trips, one when the guess is wrong.
 * @throws {Problem} `invalid_code` for every reason alike: unknown, used, expired, five wrong guesses, another app's,
 * another browser's, not mailed, wrong.
 */
export async function verifySignIn(services: Services, app: AppRow, proof: SignInProof) {
  const now = services.now();
  const { attempt: id, browserToken, guess, holder } = proof;
  const { attempt, owner, old } = await countGuess(services.database, app, {
    attempt: id,
    holder,
    browserHash: await hashSecret(browserToken),
    sessionHash: await hashSecret(proof.session ?? ''),
    now,
  });
  const value = guess.kind === 'code' ? readCode(guess.value) : guess.value;
  const stored = guess.kind === 'code' ? attempt?.codeHash : attempt?.linkHash;
  const isRight = await isRightGuess(services.config, stored ?? '', {
    kind: guess.kind,
    attempt: id,
    browserToken,
    value,
  });
  if (!isRight || !attempt || !owner) throw new Problem('invalid_code');
  const replaced = old && coversSession(owner, old) ? old : undefined;
  const token = newToken('session', app.mode);
  const session: Omit<SessionRow, 'revokedAt'> = {
    id: newId('ses'),
    hash: await hashSecret(token),
    appId: app.id,
    paymentId: owner.memberId === null ? (replaced?.paymentId ?? null) : null,
    customerId: owner.customerId,
    externalId: null,
    memberId: owner.memberId,
    proof: 'email',
    holder,
    email: attempt.email,
    label: labelBrowser(proof.userAgent),
    createdAt: now,
    expiresAt: now + (holder === 'gateway' ? GATEWAY_SESSION_MS : SESSION_MS),
  };
  if (!(await useAttempt(services.database, id, session, replaced?.id ?? null)))
    throw new Problem('invalid_code');
  if (replaced) forgetCallers();
  return { token, session, replaced: replaced !== undefined };
}
