import type { TimelineView } from './timeline.answers.ts';
import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import type { Subject } from '../../base/subject.rules.ts';
import { mergeEntries } from './entries.rules.ts';
import { presentEntry } from './summaries.rules.ts';
import { findWhom, selectFacts, selectSources } from './timeline.rows.ts';

/** Of each source a page of one type looks at so many rows, since no index has types by customer. */
const LOOKED_AT = 200;

export interface TimelineQuery {
  holder: Extract<Subject, { kind: 'customer' | 'external' }>;
  type?: string | undefined;
  /** Milliseconds, inclusive and exclusive. */
  createdAfter?: number | undefined;
  createdBefore?: number | undefined;
  limit: number;
  cursor?: string | undefined;
}

/**
 * What happened between a customer and this app, newest first. With a type a page may be short, or empty. Three D1 round trips.
 * @throws {Problem} `not_found` for a customer whom this app does not know; `validation_failed` for an unknown cursor
 */
export async function readTimeline(
  services: Services,
  app: AppRow,
  { holder, type, createdAfter, createdBefore, limit, cursor }: TimelineQuery,
): Promise<TimelineView> {
  const { database } = services;
  const now = services.now();
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  const whom = await findWhom(database, { appId: app.id, mode: app.mode }, holder);
  if (!whom.known) throw new Problem('not_found', { detail: 'This app has no such customer.' });
  const until = { at: createdBefore ?? Number.MAX_SAFE_INTEGER, id: '' };
  const before = after && after.at < until.at ? after : until;
  const since = createdAfter ?? 0;
  const sources = await selectSources(database, whom, {
    app: app.id,
    mode: app.mode,
    before,
    since,
    limit: type === undefined ? limit + 1 : LOOKED_AT,
  });
  const { entries, next } = mergeEntries(sources, { before, since, now, type, limit });
  const events = entries.flatMap(({ of }) => (of.kind === 'event' ? [of.event.id] : []));
  const facts = new Map((await selectFacts(database, app.id, events)).map((each) => [each.id, each]));
  return {
    data: entries.map((entry) => presentEntry(entry, facts.get(entry.id))),
    next_cursor: next === undefined ? null : encodeCursor({ at: next.at, id: next.id }),
  };
}
