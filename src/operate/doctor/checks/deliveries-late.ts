import { drainMessage } from '../../../base/messages.ts';
import { selectLateEndpoints } from '../backlog.rows.ts';
import type { Check } from '../check.ts';
import { hostOf, several, span, time } from '../words.rules.ts';

/** The cron sends what is due each minute. */
const LATE_AFTER_MS = 10 * 60_000;
const MAX_SHOWN = 20;

export const deliveriesLate: Check = {
  code: 'deliveries_late',
  area: 'forwarding',
  severity: 'error',
  title: 'Deliveries are due and not sent',
  each: 'gateway',
  async look({ database, now }) {
    const late = await selectLateEndpoints(database, now - LATE_AFTER_MS, MAX_SHOWN);
    return late.map(({ id, app, url, dueAt }) => ({
      app,
      target: id,
      detail: `The oldest delivery to ${id} (${hostOf(url)}) was due at ${time(dueAt)}, ${span(now - dueAt)} ago.`,
      mend: 'npx floe doctor --fix',
    }));
  },
  fix({ services }, found) {
    services.wake(found.flatMap(({ target }) => (target === undefined ? [] : [drainMessage(target)])));
    return Promise.resolve(`The backlog of ${several(found.length, 'endpoint')} will be sent.`);
  },
};
