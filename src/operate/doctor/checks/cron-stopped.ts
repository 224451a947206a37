import { LATE_AFTER_MS } from '../../check-health.ts';
import type { Check } from '../check.ts';
import { span, time } from '../words.rules.ts';

/** The cron recovers what a queue lost, compares with Polar, and deletes what is over. */
export const cronStopped: Check = {
  code: 'cron_stopped',
  area: 'the-gateway',
  severity: 'error',
  title: 'The cron trigger does not run',
  each: 'gateway',
  async look(evidence) {
    const { now } = evidence;
    const ran = (await evidence.noted()).get('schedule')?.checkedAt;
    const [first] = await evidence.apps();
    // A gateway without apps may have been deployed a moment ago.
    const since = ran ?? first?.createdAt ?? now;
    if (now - since <= LATE_AFTER_MS) return [];
    const last = ran === undefined ? 'has never run' : `ran last at ${time(ran)}, ${span(now - ran)} ago`;
    return [
      {
        detail: `The cron trigger, which is to run each minute, ${last}.`,
        mend: 'floe setup',
      },
    ];
  },
};
