/* The gateway counts mails by address; who asks it with a secret key counts visitors. Enough for a site on one machine. */

const WINDOW_MS = 10 * 60_000;
const MAX_ASKED = 10;
const MAX_VISITORS = 10_000;
const asked = new Map<string, { since: number; count: number }>();

/** Whether a visitor may ask for another mail: ten times in ten minutes. */
export function mayAsk(visitor: string, now: number): boolean {
  const known = asked.get(visitor);
  const entry = known && now - known.since < WINDOW_MS ? known : { since: now, count: 0 };
  entry.count++;
  asked.delete(visitor);
  asked.set(visitor, entry);
  // The oldest first.
  for (const key of asked.keys()) {
    if (asked.size <= MAX_VISITORS) break;
    asked.delete(key);
  }
  return entry.count <= MAX_ASKED;
}
