import { MAX_COUNTED, selectGivenUp } from '../backlog.rows.ts';
import type { Check } from '../check.ts';
import { hostOf, several } from '../words.rules.ts';

const SINCE_MS = 7 * 24 * 60 * 60_000;
const MAX_SHOWN = 20;

export const deliveriesGivenUp: Check = {
  code: 'deliveries_given_up',
  area: 'forwarding',
  severity: 'warning',
  title: 'Events did not arrive and are not tried any more',
  each: 'gateway',
  async look({ database, now }) {
    const given = await selectGivenUp(database, now - SINCE_MS, MAX_SHOWN);
    return given.map(({ id, app, url, count }) => ({
      app,
      target: id,
      detail: `In the last 7 days ${several(count, 'event', MAX_COUNTED)} for ${id} (${hostOf(url)}) were tried to the end and given up.`,
      mend: `npx floe recover ${id} --since 7d --app ${app}`,
    }));
  },
};
