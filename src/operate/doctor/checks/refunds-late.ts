import { findLateRefunds, MAX_COUNTED } from '../backlog.rows.ts';
import type { Check } from '../check.ts';
import { several, time } from '../words.rules.ts';

const LATE_AFTER_MS = 60 * 60_000;

export const refundsLate: Check = {
  code: 'refunds_late',
  area: 'polar-events',
  severity: 'error',
  title: 'Refunds are neither accepted nor refused',
  each: 'gateway',
  async look({ database, now }) {
    const late = await findLateRefunds(database, now - LATE_AFTER_MS);
    if (!late) return [];
    return [
      {
        target: late.oldestId,
        detail: `${several(late.count, 'refund', MAX_COUNTED)} asked for over an hour ago are open still, the first since ${time(late.oldestAt)}: ${late.oldestId}. Polar has not said yes or no.`,
        mend: `npx floe refunds show ${late.oldestId}`,
      },
    ];
  },
};
