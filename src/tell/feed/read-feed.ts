import type { Services } from '../../base/services.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { EventListView } from '../deliveries/deliveries.answers.ts';
import type { EventRow } from '../deliveries/deliveries.rows.ts';
import { presentEvent } from '../deliveries/list-deliveries.ts';
import { cutPage, type FeedPage } from './feed.rules.ts';
import { selectFeed, selectFirstKept, selectLastSequence } from './feed.rows.ts';
import { beginWait, noteLast, recallLast } from './waits.ts';

const DAY_MS = 24 * 60 * 60_000;
/** How often D1 is asked while requests wait, for all of an app in an isolate together. */
const LOOK_MS = 1_000;
/** How often a waiting request sees whether another has looked. */
const TURN_MS = 250;
const RETRY_SECONDS = 5;

export interface FeedQuery {
  /** Events after this number are read. */
  after: number;
  types: readonly string[];
  limit: number;
  /** How long to wait when there is nothing, seconds. */
  wait: number;
}

interface Found extends FeedPage<EventRow> {
  lastSequence: number;
}

/**
 * A page of an app's events in order of their numbers (ADR 88). When there is nothing that is wanted, it waits until there is.
 * @throws {Problem} `events_gone` when the first of them was deleted because of its age; `validation_failed` for a number that the
 * app has not reached; `rate_limited` when too many requests of the app wait.
 */
export async function readFeed(services: Services, app: AppRow, query: FeedQuery): Promise<EventListView> {
  const { events, deleted, nextAfter, lastSequence } = await findPage(services, app, query);
  return {
    data: events.map(presentEvent),
    next_cursor: null,
    next_after: nextAfter,
    has_more: nextAfter < lastSequence,
    last_sequence: lastSequence,
    deleted,
  };
}

async function findPage(services: Services, app: AppRow, query: FeedQuery): Promise<Found> {
  const until = services.now() + query.wait * 1_000;
  let page = await readPage(services, app.id, query);
  if (!isWorthWaiting(page) || query.wait === 0) return page;
  const wait = beginWait(app.id, services.now());
  if (!wait) throw tooManyWaits();
  try {
    while (isWorthWaiting(page) && (await waitForTurn(services, until))) {
      wait.goOn(services.now());
      const last = await lookForLast(services, app.id);
      if (last > page.nextAfter)
        page = join(page, await readPage(services, app.id, { ...query, after: page.nextAfter }));
    }
    return page;
  } finally {
    wait.end();
  }
}

/** Nothing is there that the caller would do something with at once. */
function isWorthWaiting({ events, nextAfter, lastSequence }: Found): boolean {
  return events.length === 0 && nextAfter >= lastSequence;
}

/** A page and the one that follows, of which the first has no events. */
function join(page: Found, next: Found): Found {
  return { ...next, deleted: [...page.deleted, ...next.deleted] };
}

/** Resolves to whether there is time for another turn. When the caller hangs up, it does not resolve. */
async function waitForTurn(services: Services, until: number): Promise<boolean> {
  const left = until - services.now();
  if (left <= 0) return false;
  await scheduler.wait(Math.min(TURN_MS, left));
  return true;
}

async function lookForLast(services: Services, appId: string): Promise<number> {
  const at = services.now();
  const known = recallLast(appId, { now: at, since: at - LOOK_MS });
  if (known !== undefined) return known;
  const last = await selectLastSequence(services.database, appId);
  noteLast(appId, last);
  return last;
}

async function readPage(
  services: Services,
  appId: string,
  { after, types, limit }: Pick<FeedQuery, 'after' | 'types' | 'limit'>,
): Promise<Found> {
  const { database, config } = services;
  const { looked, last, gone: goneTo } = await selectFeed(database, { appId, after, types, limit });
  if (after > last) throw notReached(after, last);
  const page = cutPage(after, looked);
  // Numbers that are missing there need not be of what nobody paid.
  if (page.isGone || after < goneTo) {
    const since = services.now() - config.keepDays.delivered * DAY_MS;
    const range = { appId, after: Math.max(goneTo, page.isGone ? page.nextAfter : after), since };
    throw gone(config.keepDays.delivered, await selectFirstKept(database, range));
  }
  return { ...page, lastSequence: last };
}

function notReached(after: number, last: number): Problem {
  const message = `There is no event ${after} yet: the app’s last one is ${last}. Is this the number of another app or gateway?`;
  return new Problem('validation_failed', {
    detail: `query.after: ${message}`,
    errors: [{ path: 'query.after', message }],
  });
}

function gone(days: number, oldest: number): Problem {
  return new Problem('events_gone', {
    detail: `Events are kept for ${days} days, and the next one was deleted. From ${oldest} on all are there: read on with after=${oldest - 1}.`,
    oldestSequence: oldest,
  });
}

function tooManyWaits(): Problem {
  return new Problem('rate_limited', {
    detail: 'Too many requests of this app wait for events. Use one for each consumer.',
    retryAfter: RETRY_SECONDS,
  });
}
