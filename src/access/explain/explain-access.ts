import type { Services } from '../../base/services.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { Subject } from '../../base/subject.rules.ts';
import { TOKEN_TTL_SECONDS } from '../entitlement-token.rules.ts';
import { type AskedResource, readAsked } from '../resources.rules.ts';
import { type Cause, orderCauses } from './causes.rules.ts';
import { type Explained, explainDecision, type Named } from './explain.rules.ts';
import { MAX_CHANGES, selectAtTimes, selectEvents, selectThen } from './explain.rows.ts';

export interface PastQuestion {
  app: AppRow;
  subject: Subject;
  /** Milliseconds. */
  at: number;
}

/** Until when a cache could still have said yes where the database said no. Milliseconds. */
interface Stale {
  until: number;
  /** The change since which it is a no. */
  changedAt: number;
}

export interface Explanation extends Explained {
  /** Oldest first. */
  causes: Cause[];
  stale: Stale | null;
  /** Since when everything is known; undefined: nothing is yet. */
  knownSince: number | undefined;
}

/** A release of before, which kept nothing of what was so, may have answered for so long after the first that does. */
const TAKES_OVER_MS = 60_000;

/**
 * Why a customer may (not) use something, or why not at a time of the last 90 days: what the question would have been answered
 * with `max_age=0`, from what was committed by then. Three round trips at most, and what they read follows from what the
 * customer has, how often that changed, and what the app sells (ADR 102).
 */
export async function explainAccess(
  services: Services,
  question: PastQuestion,
  { resource, maxAge }: { resource: string; maxAge: number },
): Promise<Explanation> {
  const { app, subject, at } = question;
  const { database } = services;
  const asked = readAsked(resource);
  // A token lives no longer, whatever the caller allows.
  const cachedFor = Math.min(maxAge, TOKEN_TTL_SECONDS) * 1000;
  const { read, changedAt, knownSince } = await selectThen(
    database,
    { app, subject, now: at, ownerKeys: services.config.ownerKeys, shelf: true },
    at - cachedFor,
  );
  const explained = explainDecision(read, asked, app.product, at);
  const about = [...explained.supports, ...explained.missing.flatMap(({ of }) => of ?? [])];
  const begun = explained.missing.flatMap(({ paymentId }) => paymentId ?? []);
  const [{ events, changes }, stale] = await Promise.all([
    selectEvents(database, app, concernedBy(app, subject, about, begun), at),
    explained.decision.allow ? null : findStale(services, question, { asked, changedAt, cachedFor }),
  ]);
  return {
    ...explained,
    causes: orderCauses(events, changes, about),
    stale,
    knownSince: knownSince === undefined ? undefined : knownSince + TAKES_OVER_MS,
  };
}

/**
 * What a live question with `max_age=0` was answered about these resources. For the tests, which compare it with what was
 * answered then, many at once.
 */
export async function decideThen(
  { database, config: { ownerKeys } }: Services,
  { app, subject, at }: PastQuestion,
  resources: readonly string[],
): Promise<Explained[]> {
  const [then] = await selectAtTimes(database, { app, subject, ownerKeys, shelf: true }, [at]);
  if (!then) return [];
  return resources.map((resource) => explainDecision(then, readAsked(resource), app.product, at));
}

function concernedBy(app: AppRow, subject: Subject, about: readonly Named[], begun: readonly string[]) {
  const all = (values: readonly (string | null)[]) => [...new Set(values.filter((value) => value !== null))];
  return {
    paymentIds: all([
      ...about.map(({ paymentId }) => paymentId),
      ...begun,
      subject.kind === 'purchase' ? subject.paymentId : null,
    ]),
    subscriptionIds: all(about.map(({ subscriptionId }) => subscriptionId)),
    ownIds: about.flatMap(({ kind, id }) => (kind === 'own_grant' ? [id] : [])),
    customerIds: 'customerId' in subject ? [subject.customerId] : [],
    rows: [
      { kind: 'app' as const, id: app.id },
      ...all(about.map(({ productId }) => productId)).map((id) => ({ kind: 'product' as const, id })),
      ...all(about.map(({ benefitId }) => benefitId)).map((id) => ({ kind: 'benefit' as const, id })),
    ],
  };
}

/**
 * A cache says yes for as long as the caller allows after what it was read from has changed. So the last of the changes before
 * which it was a yes counts. An end that was known is in the token, and no cache outlives it.
 */
async function findStale(
  { database, config: { ownerKeys } }: Services,
  { app, subject, at }: PastQuestion,
  { asked, changedAt, cachedFor }: { asked: AskedResource; changedAt: readonly number[]; cachedFor: number },
): Promise<Stale | null> {
  const looked = changedAt.slice(0, MAX_CHANGES);
  if (looked.length === 0) return null;
  const before = await selectAtTimes(
    database,
    { app, subject, ownerKeys, shelf: false },
    looked.map((change) => change - 1),
  );
  for (const [nth, change] of looked.entries()) {
    const read = before[nth];
    const { decision } = read
      ? explainDecision(read, asked, app.product, change - 1)
      : { decision: undefined };
    if (!decision?.allow) continue;
    const until = Math.min(change + cachedFor, decision.endsAt ?? Number.MAX_SAFE_INTEGER);
    if (until > at) return { until, changedAt: change };
  }
  // More has changed than is looked at: what was before could have been a yes.
  const earliest = looked.at(-1);
  return changedAt.length > MAX_CHANGES && earliest !== undefined
    ? { until: earliest + cachedFor, changedAt: earliest }
    : null;
}
