import { isKnownCustomer } from '../../access/known-customers.rows.ts';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { isUnmet, type ResultsOf, runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { refreshMessages } from '../../base/messages.ts';
import { Problem } from '../../base/problem.ts';
import { hashSecret, randomSecret } from '../../base/secrets.ts';
import type { Services } from '../../base/services.ts';
import type { NamedSubject } from '../../base/subject.rules.ts';
import { callbackIdentity, withParameters } from '../../http/callback-urls.rules.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { normalizeAddress } from '../../people/sign-in.rules.ts';
import { hasRoom, noRoom } from '../../polar/public-budget.ts';
import { leaseFirstAttempts, sendTold } from '../../tell/deliveries/first-attempts.ts';
import { tellStatements } from '../../tell/events/events.rows.ts';
import { CODE_MS } from '../finish-return.ts';
import type { GiftView } from './gifts.answers.ts';
import { refusalOf } from './gifts.rules.ts';
import {
  type Claim,
  claimStatement,
  type Gift,
  giftByLinkStatement,
  issueGiftCode,
  requireOpen,
} from './gifts.rows.ts';
import { presentGift, statusOfGift } from './present-gift.ts';
import { giftEvent } from './tell-gift.ts';

const ROUTE = 'POST /v1/gift-claims';
/** For so long the browser that claimed a gift gets its answer again. */
const SAME_BROWSER_MS = 30 * 60_000;

/**
 * Counts a try to claim in D1, before anything is looked up (trust rule 10): strangers' at the page apart from those of
 * secret keys, so that nobody keeps an app's server from claiming. @throws {Problem} `rate_limited`
 */
async function countTry(services: Services, app: AppRow, kind: 'gift' | 'gift-claim'): Promise<void> {
  if (await hasRoom(services, app, kind, 1)) return;
  throw noRoom('Too many gifts were opened. Try again in a few seconds.');
}

/** The app's gift with this code; undefined for one that is unknown, replaced, or another app's. */
export async function findByCode(services: Services, app: AppRow, code: string): Promise<Gift | undefined> {
  const { found } = await runBatch(services.database, {
    found: giftByLinkStatement(app.id, await hashSecret(code)),
  });
  return found[0];
}

/**
 * The app claims a gift for its user, for whom it vouches.
 * @throws {Problem} `invalid_code` for every link that is none of the app's; `not_found` for a customer of Polar's whom this
 * app does not know: otherwise a gift would make another app's customer its own; `gift_claimed`, `gift_ended`,
 * `gift_expired`, `not_paid`; `rate_limited`; see `withIdempotency`
 */
export async function claimForUser(
  services: Services,
  app: AppRow,
  { code, subject, by }: { code: string; subject: Exclude<NamedSubject, { kind: 'member' }>; by: Doer },
  request: { key: string | undefined; rawBody: string },
): Promise<{ body: unknown }> {
  await countTry(services, app, 'gift-claim');
  const hash = await hashSecret(code);
  const customer = subject.kind === 'customer' ? subject.customerId : null;
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf(ROUTE, request.rawBody),
    prefetch: {
      found: giftByLinkStatement(app.id, hash),
      known: customer === null ? [] : [isKnownCustomer({ app: app.id, mode: app.mode, customer })],
    },
  };
  const claim: Claim = {
    claimedBy: 'app',
    customerId: customer,
    externalId: subject.kind === 'external' ? subject.externalId : null,
    email: null,
    claimKey: null,
  };
  const claiming = async () => {
    const answer = await withIdempotency(services, once, async ({ found: [gift], known }) => {
      const now = services.now();
      refuseUnlessOpen(gift, now);
      if (customer !== null && known.flat()[0]?.known !== 1)
        throw new Problem('not_found', {
          detail: 'This app has no such customer. Name your user by your own id: external:<your id>.',
        });
      const { commit, committed } = claimStatements(services, app, gift, claim, now);
      const claimed = { ...gift, ...asClaimed(claim, now) };
      return {
        status: 200,
        body: presentGift(claimed, now) satisfies GiftView,
        commit: {
          ...commit,
          audit: audit(services.database, by, now, {
            action: 'gift.claimed',
            appId: app.id,
            target: gift.id,
            detail: { payment: gift.paymentId },
          }),
        },
        committed,
      };
    });
    return { body: answer.body };
  };
  return claiming().catch(async (error: unknown) => {
    if (!isUnmet(error)) throw error;
    refuseUnlessOpen(await findByCode(services, app, code), services.now());
    throw new Problem('unavailable', { retryAfter: 1, cause: error });
  });
}

/** Where a recipient goes on, or why not. */
export type ClaimedByLink = { location: string; gift: Gift } | { refused: Problem; gift: Gift | undefined };

/**
 * Whoever has the link claims the gift: the session that the site gets for the code is for this purchase alone. `email`:
 * where a link that was handed over is kept; a mailed one is its address's. `browser`: a secret of the claiming browser,
 * which gets a lost answer again by it.
 * @throws {Problem} `rate_limited`
 */
export async function claimByLink(
  services: Services,
  app: AppRow,
  { code, email, browser }: { code: string; email: string | undefined; browser: string },
): Promise<ClaimedByLink> {
  await countTry(services, app, 'gift');
  const claimKey = await hashSecret(`gift ${browser}`);
  const gift = await findByCode(services, app, code);
  if (gift && isSameBrowser(gift, claimKey, services.now())) return goOn(services, gift, []);
  const address = gift?.toEmail ?? (email === undefined ? null : normalizeAddress(email));
  const claim: Claim = { claimedBy: 'link', customerId: null, externalId: null, email: address, claimKey };
  try {
    refuseUnlessOpen(gift, services.now());
    const { commit, committed } = claimStatements(services, app, gift, claim, services.now());
    return await goOn(services, gift, commit, committed);
  } catch (error) {
    if (error instanceof Problem) return { refused: error, gift };
    if (!isUnmet(error)) throw error;
    const now = await findByCode(services, app, code);
    // The same click twice: the other one was faster.
    if (now && isSameBrowser(now, claimKey, services.now())) return goOn(services, now, []);
    const refused = await asProblem(() => refuseUnlessOpen(now, services.now()));
    return { refused: refused ?? new Problem('unavailable', { retryAfter: 1, cause: error }), gift: now };
  }
}

function isSameBrowser(gift: Gift, claimKey: string, now: number): boolean {
  const status = statusOfGift(gift, now);
  return status === 'claimed' && gift.claimKey === claimKey && now - (gift.claimedAt ?? 0) < SAME_BROWSER_MS;
}

type ClaimStatements = ReturnType<typeof claimStatements>['commit'];

/** The address of the site with a one-time code, which is written together with the claim. */
async function goOn(
  services: Services,
  gift: Gift,
  commit: ClaimStatements | [],
  committed?: (results: ResultsOf<ClaimStatements>) => void,
): Promise<ClaimedByLink> {
  const code = randomSecret();
  const issued = {
    hash: gift.linkHash,
    code: await hashSecret(code),
    callback: callbackIdentity(gift.redirectUrl) ?? '',
    expiresAt: services.now() + CODE_MS,
  };
  const results = await runBatch(services.database, { claim: commit, code: issueGiftCode(issued) });
  if (committed) committed(results.claim as ResultsOf<ClaimStatements>);
  const parameters = { code, payment_id: gift.paymentId, status: 'succeeded' };
  return { location: withParameters(gift.redirectUrl, parameters), gift };
}

/** What a claim writes: it does nothing unless the gift can be claimed at this moment. */
function claimStatements(services: Services, app: AppRow, gift: Gift, claim: Claim, now: number) {
  const first = leaseFirstAttempts(services);
  const event = giftEvent(app, { ...gift, ...asClaimed(claim, now) }, 'gift.claimed', now);
  const commit = {
    isOpen: requireOpen(app.id, gift.linkHash, now),
    claimed: claimStatement(gift.linkHash, claim, now),
    ...tellStatements([event], { origin: 'api', polarEventId: null, now, first }),
  };
  return {
    commit,
    committed: ({ deliveries }: ResultsOf<Pick<typeof commit, 'deliveries'>>) => {
      const customerIds = [gift.giverId, claim.customerId].filter((id) => id !== null);
      services.wake([
        ...sendTold(services, deliveries.flat(), first),
        ...refreshMessages({ appId: app.id, customerIds, paymentIds: [gift.paymentId] }),
      ]);
    },
  };
}

function asClaimed(claim: Claim, now: number) {
  return {
    claimedAt: now,
    claimedBy: claim.claimedBy,
    claimedCustomerId: claim.customerId,
    claimedExternalId: claim.externalId,
    claimedEmail: claim.email,
    mailAt: null,
  };
}

/** @throws {Problem} why the gift cannot be claimed */
function refuseUnlessOpen(gift: Gift | undefined, now: number): asserts gift is Gift {
  if (!gift)
    throw new Problem('invalid_code', { detail: 'This is not the link of a gift, or not any more.' });
  const status = statusOfGift(gift, now);
  if (status === 'open') return;
  const { code, detail } = refusalOf(status);
  throw new Problem(code, { detail });
}

async function asProblem(run: () => void): Promise<Problem | undefined> {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}
