import { findUnroutedPolarEvents, MAX_COUNTED } from '../backlog.rows.ts';
import type { Check } from '../check.ts';
import { quote, several, time } from '../words.rules.ts';

const SINCE_MS = 7 * 24 * 60 * 60_000;
/** Polar's events come in any order: what routes one may come a little later. */
const GRACE_MS = 10 * 60_000;

export const polarEventsUnrouted: Check = {
  code: 'polar_events_unrouted',
  area: 'polar-events',
  severity: 'warning',
  title: 'Purchases belong to no app',
  each: 'mode',
  async look({ database, now }, mode) {
    const window = { since: now - SINCE_MS, before: now - GRACE_MS };
    const unrouted = await findUnroutedPolarEvents(database, mode, window);
    if (!unrouted) return [];
    return [
      {
        target: unrouted.oldestId,
        detail: `${several(unrouted.count, 'event', MAX_COUNTED)} of Polar’s in the last 7 days fit no app, the oldest of ${time(unrouted.oldestAt)}: ${unrouted.oldestId}, which waits for ${quote(unrouted.kind)}. Nobody is told of them, and they open nothing.`,
        mend: `npx floe products list --mode ${mode}`,
      },
    ];
  },
};
