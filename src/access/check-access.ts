import { type AccessState, type Decision, UNAVAILABLE } from './access.rules.ts';
import type { Subject } from '../base/subject.rules.ts';
import { namesSold, openDecisions } from './decide-access.rules.ts';
import { isSold, recallSold, rememberSold } from './sold-names.ts';
import {
  buildClaims,
  isFresh,
  readValues,
  MAX_GIVEN_TOKEN_CHARS,
  readEnds,
  shortenClaims,
} from './entitlement-token.rules.ts';
import { deriveEntitlements } from './entitlements.rules.ts';
import { askedFeature } from './features.rules.ts';
import { type AskedResource, readAsked } from './resources.rules.ts';
import { log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { selectSubjectRows } from './entitlements.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { signClaims } from '../base/signing.ts';
import {
  findToken,
  forgetToken,
  type Found,
  type HeldToken,
  keepToken,
  openSlot,
  recallToken,
  rememberToken,
  type Slot,
} from './token-cache.rows.ts';

export interface AccessQuestion {
  app: AppRow;
  subject: Subject;
  resources: readonly string[];
  /** Seconds that a cached yes may be old; 0: ask the database. */
  maxAge: number;
}

export type ResourceDecision = Decision & { resource: string };

export interface AccessAnswer {
  /** One for each resource, in order. */
  decisions: ResourceDecision[];
  /**
   * The subject's entitlement token, when something is allowed. A large one carries only what was asked for, and is
   * null when even that is too long for a cookie (ADR 44).
   */
  token: string | null;
  /** The whole token that every resource is allowed by; undefined when none says so of all. */
  held: HeldToken | undefined;
}

/**
 * May the subject use these resources? A yes comes from memory or KV while it is fresh enough. Everything else is read
 * from D1's primary in one round trip, and the token is cached behind the answer. When D1 cannot be asked, the decision
 * on what no cached token allows is `unavailable` (invariants 6 and 7).
 * @throws {Problem} `mode_not_configured`
 */
export async function checkAccess(services: Services, question: AccessQuestion): Promise<AccessAnswer> {
  const { app, subject, maxAge } = question;
  const asked = question.resources.map(readAsked);
  const slot = slotOf(services, app, subject);

  const found = maxAge > 0 ? await lookUp(services, slot) : undefined;
  // Taken after the wait for KV, since that wait makes a cached token older, and before D1 is read.
  const now = services.now();
  const cached = found?.held && isFresh(found.held.claims, maxAge, now) ? found.held : undefined;
  const fromCache = decideFromToken(cached, asked, now);
  if (cached && fromCache.every(({ allow }) => allow) && saysValues(cached, asked))
    return { decisions: fromCache, token: await fitToken(slot, cached, asked), held: cached };

  let state: AccessState;
  try {
    state = await readState(services, { app, subject, asked }, now);
  } catch (error) {
    log('error', 'entitlements could not be read', { app: app.slug, error });
    const isOfUse = cached && fromCache.some(({ allow }) => allow);
    const token = isOfUse ? await fitToken(slot, cached, asked) : null;
    return { decisions: fromCache, token, held: undefined };
  }

  const decide = openDecisions(state, app.product, now);
  const decisions = asked.map((each) => ({ resource: each.resource, ...decide(each) }));
  const { current, features } = state.entitlements;
  const claims = buildClaims(slot.scope, current, now, features);
  if (!decisions.some(({ allow }) => allow)) {
    forgetToken(slot);
    // No token is signed and stored for a subject that the app does not know, or anybody could fill KV with made-up
    // names.
    if (state.known) keepBehind(services, slot, { claims, found });
    return { decisions, token: null, held: undefined };
  }
  const token = await signClaims(slot.mode, claims);
  const made: HeldToken = { token, claims };
  rememberToken(slot, made, now);
  keepBehind(services, slot, { claims, token, found });
  const held = decisions.every(({ allow }) => allow) ? made : undefined;
  return { decisions, token: await fitToken(slot, made, asked), held };
}

/** Where a subject's token is cached. @throws {Problem} `mode_not_configured` */
export function slotOf(services: Services, app: AppRow, subject: Subject): Slot {
  const mode = services.config.modes[app.mode];
  if (!mode) throw new Problem('mode_not_configured');
  return openSlot(services.config, mode, app, subject);
}

/**
 * What the subject has and had, from D1's primary. `asked`: what a "no" has to be explained for; all that the app sells is
 * then read too, unless it was seen to sell these names already.
 */
export async function readState(
  services: Services,
  question: Pick<AccessQuestion, 'app' | 'subject'> & { asked: readonly AskedResource[] },
  now: number,
): Promise<AccessState> {
  const { app, subject, asked } = question;
  const remembered = recallSold(app.id, now);
  const { known, holdings, pending, shelf } = await selectSubjectRows(services.database, {
    app,
    subject,
    now,
    ownerKeys: services.config.ownerKeys,
    shelf: !asked.every((each) => isSold(remembered, each)),
  });
  const { products, benefits } = holdings;
  const sold = shelf ? namesSold(shelf, benefits, app.product) : remembered;
  if (shelf) rememberSold(app.id, sold, now);
  const entitlements = deriveEntitlements(holdings, app.product, now);
  return { known, pending, entitlements, products, benefits, sold };
}

/**
 * The token that the caller gets: whole, or above 4 KB only what the question was about, and null when a browser would
 * drop that too (ADR 44). The caches keep the whole one, so that the gateway can answer other questions from it.
 */
async function fitToken(
  slot: Slot,
  { token, claims }: HeldToken,
  asked: readonly AskedResource[],
): Promise<string | null> {
  if (token.length <= MAX_GIVEN_TOKEN_CHARS) return token;
  for (const less of shortenClaims(claims, asked)) {
    const shorter = await signClaims(slot.mode, less);
    if (shorter.length <= MAX_GIVEN_TOKEN_CHARS) return shorter;
  }
  return null;
}

/** Looks in memory, then in KV. Undefined also when KV fails, since D1 can answer. */
async function lookUp(services: Services, slot: Slot): Promise<Found | undefined> {
  const remembered = recallToken(slot, services.now());
  if (remembered) return { isPresent: true, held: remembered };
  try {
    const found = await findToken(services.entitlements, slot, () => services.now());
    if (found.held) rememberToken(slot, found.held, services.now());
    return found;
  } catch (error) {
    log('warn', 'the entitlement cache cannot be read', { error });
    return undefined;
  }
}

/** Each resource that the token allows; undefined for the others, about which D1 has to be asked (invariant 7). */
function decideFromToken(
  held: HeldToken | undefined,
  asked: readonly AskedResource[],
  now: number,
): ResourceDecision[] {
  const endOf = held && readEnds(held.claims, now);
  return asked.map((each) => {
    const endsAt = endOf?.(each);
    if (endsAt === undefined) return { resource: each.resource, ...UNAVAILABLE };
    const values = held && readValues(held.claims, each);
    return { resource: each.resource, allow: true, reason: 'granted', endsAt, ...(values ? { values } : {}) };
  });
}

/** Whether the token says of each feature what it is worth. One of an earlier release does not. */
function saysValues({ claims }: HeldToken, asked: readonly AskedResource[]): boolean {
  return asked.every((each) => askedFeature(each) === undefined || readValues(claims, each) !== undefined);
}

/** Writes behind the answer. When the cache cannot be written, the next check only asks D1 again. */
function keepBehind(services: Services, slot: Slot, made: Parameters<typeof keepToken>[2]): void {
  services.waitUntil(
    keepToken(services.entitlements, slot, made, () => services.now()).catch((error: unknown) =>
      log('warn', 'an entitlement token was not cached', { error }),
    ),
  );
}
