/*
 * Requests that wait for an app's next event. What is kept here is the isolate's own: numbers and times, since one request
 * must not wait for what another has begun.
 */

/** How many requests of one app may wait at once in an isolate, and of all apps. */
const WAITS_OF_APP = 20;
const WAITS_OF_ALL = 200;

/** The last event of an app as this isolate saw it. */
interface Look {
  last: number;
  at: number;
}

/** When each wait ends at the latest: of a request that is cut off nothing more runs, so its end may not be heard of. */
const ends = new Map<string, Set<{ until: number }>>();
const looks = new Map<string, Look>();

/**
 * Begins a wait of an app until `until` (milliseconds); gives what ends it, or undefined when too many wait.
 */
export function beginWait(
  appId: string,
  { now, until }: { now: number; until: number },
): (() => void) | undefined {
  let all = 0;
  for (const [app, waits] of ends) {
    for (const wait of waits) if (wait.until <= now) waits.delete(wait);
    if (waits.size === 0) {
      ends.delete(app);
      looks.delete(app);
    }
    all += waits.size;
  }
  const waits = ends.get(appId) ?? new Set();
  if (waits.size >= WAITS_OF_APP || all >= WAITS_OF_ALL) return undefined;
  ends.set(appId, waits);
  const wait = { until };
  waits.add(wait);
  return () => waits.delete(wait);
}

/** The app's last event as another wait of this isolate has seen it since `since`. Else undefined, and the caller is to look. */
export function recallLast(
  appId: string,
  { now, since }: { now: number; since: number },
): number | undefined {
  const look = looks.get(appId);
  if (look && look.at > since) return look.last;
  // Others who ask meanwhile do not look as well: they see at their next turn what is found now.
  looks.set(appId, { last: look?.last ?? 0, at: now });
  return undefined;
}

/** Notes what was seen. */
export function noteLast(appId: string, last: number): void {
  const look = looks.get(appId);
  if (look) look.last = Math.max(look.last, last);
}
