/*
 * Requests that wait for an app's next event. What is kept here is the isolate's own: numbers and times, since one request
 * must not wait for what another has begun. Times are milliseconds since 1970.
 */

/** How many requests of one app may wait at once in an isolate, and of all apps. */
const WAITS_OF_APP = 20;
const WAITS_OF_ALL = 200;
/**
 * A request that has not been heard of for so long has ended: when its caller hangs up, Cloudflare cancels it, and nothing of it
 * runs any more.
 */
const SILENCE_MS = 2_000;

/** A request that waits. */
export interface Wait {
  /** Says that it still does. */
  goOn(now: number): void;
  end(): void;
}

/** By app, when each was heard of. */
const waits = new Map<string, Set<{ heardAt: number }>>();
/** The last event of an app as this isolate saw it, and when. */
const looks = new Map<string, { last: number; at: number }>();

/** Begins a wait of an app; undefined when too many wait. */
export function beginWait(appId: string, now: number): Wait | undefined {
  const all = forgetEnded(now);
  const ofApp = waits.get(appId) ?? new Set();
  if (ofApp.size >= WAITS_OF_APP || all >= WAITS_OF_ALL) return undefined;
  const wait = { heardAt: now };
  waits.set(appId, ofApp.add(wait));
  return {
    // It may have been forgotten meanwhile, when D1 took long to answer.
    goOn(heardAt) {
      wait.heardAt = heardAt;
      const counted = waits.get(appId) ?? new Set();
      waits.set(appId, counted.add(wait));
    },
    end: () => waits.get(appId)?.delete(wait),
  };
}

/** Gives how many are left. */
function forgetEnded(now: number): number {
  let left = 0;
  for (const [appId, ofApp] of waits) {
    for (const wait of ofApp) if (wait.heardAt <= now - SILENCE_MS) ofApp.delete(wait);
    left += ofApp.size;
    if (ofApp.size > 0) continue;
    waits.delete(appId);
    looks.delete(appId);
  }
  return left;
}

/** The app's last event if another wait has looked since `since`. Else undefined, and the caller is to look. */
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
