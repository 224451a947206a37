import { reapplyInBulk } from '../../../hear/reapply-on-demand.ts';
import { findFailedPolarEvents, MAX_COUNTED } from '../backlog.rows.ts';
import type { Check } from '../check.ts';
import { quote, several, time } from '../words.rules.ts';

export const polarEventsFailed: Check = {
  code: 'polar_events_failed',
  area: 'polar-events',
  severity: 'error',
  title: 'Events of Polar’s could not be applied',
  each: 'mode',
  async look({ database }, mode) {
    const failed = await findFailedPolarEvents(database, mode);
    if (!failed) return [];
    return [
      {
        target: failed.oldestId,
        detail: `${several(failed.count, 'event', MAX_COUNTED)} of Polar’s could not be applied, the oldest of ${time(failed.oldestAt)}: ${failed.oldestId}, ${quote(failed.kind)}. They are kept.`,
        mend: 'npx floe doctor --fix',
      },
    ];
  },
  async fix({ services, by }, _, mode) {
    const which = { mode, status: 'failed', dryRun: false } as const;
    const { reapplied, remaining } = await reapplyInBulk(services, which, by);
    const more = remaining > 0 ? ` ${remaining} are left for the next call.` : '';
    return `${several(reapplied, 'event')} will be applied again.${more}`;
  },
};
