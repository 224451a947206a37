/** Sequence numbers, both included. */
interface Range {
  from: number;
  to: number;
}

/** An event that a page looked at. */
export interface LookedAt<Event> {
  sequence: number;
  /** The sequence of the event before it, or where the page begins. */
  previous: number;
  isWanted: boolean;
  /** Its body was deleted (ADR 59). */
  isEmptied: boolean;
  /** It was deleted because nobody paid what it was about, and not because of its age. */
  isUnpaid: boolean;
  /** Undefined: it is not wanted, its body is gone, or the page has no room for it. */
  event: Event | undefined;
}

/** A page of the feed: what is told, and of what is not told why. */
export interface FeedPage<Event> {
  events: Event[];
  /** Events that were deleted, because nobody paid what they were about. */
  deleted: Range[];
  /** Everything up to this number is told, not wanted, or deleted. */
  nextAfter: number;
  /** The first event of the page that is wanted has lost its body because it is old. Then there is nothing in the page. */
  isGone: boolean;
}

/**
 * What a page tells of the events that were looked at, in their order. It ends before the first wanted event that it
 * has no room for, and before one whose body is gone because of its age. How old such a one is does not matter: events may have
 * been kept for less time then than now.
 */
export function cutPage<Event>(after: number, looked: readonly LookedAt<Event>[]): FeedPage<Event> {
  const page: FeedPage<Event> = { events: [], deleted: [], nextAfter: after, isGone: false };
  for (const { sequence, previous, isWanted, isEmptied, isUnpaid, event } of looked) {
    const isOld = isEmptied && !isUnpaid;
    if (isWanted && (isOld || (!isEmptied && event === undefined))) {
      page.isGone = isOld && page.events.length === 0;
      page.nextAfter = sequence - 1;
      addDeleted(page.deleted, previous + 1, sequence - 1);
      break;
    }
    addDeleted(page.deleted, previous + 1, isWanted && isEmptied ? sequence : sequence - 1);
    if (isWanted && event !== undefined) page.events.push(event);
    page.nextAfter = sequence;
  }
  return page;
}

/** Adds a range to the others; one that begins where the last ends becomes a part of it. */
function addDeleted(deleted: Range[], from: number, to: number): void {
  if (to < from) return;
  const last = deleted.at(-1);
  if (last?.to === from - 1) last.to = to;
  else deleted.push({ from, to });
}
