import { findLateRereads, MAX_COUNTED } from '../backlog.rows.ts';
import { runBatch } from '../../../base/db/database.rows.ts';
import type { WorkMessage } from '../../../base/messages.ts';
import { dueStatement } from '../../../record/reread-turns.rows.ts';
import type { Check } from '../check.ts';
import { quote, several, time } from '../words.rules.ts';

/** Each takes a request or two to Polar. */
const MAX_WOKEN = 20;
const LATE_AFTER_MS = 30 * 60_000;

export const rereadsLate: Check = {
  code: 'rereads_late',
  area: 'polar-events',
  severity: 'warning',
  title: 'Doubtful objects are not read again from Polar',
  each: 'gateway',
  async look({ database, now }) {
    const late = await findLateRereads(database, now - LATE_AFTER_MS);
    if (!late) return [];
    return [
      {
        target: late.oldestId,
        detail: `${several(late.count, 'object', MAX_COUNTED)} were to be read again half an hour ago, such as the ${quote(late.kind)} ${late.oldestId}, asked for at ${time(late.oldestAt)}.`,
        mend: 'npx floe doctor --fix',
      },
    ];
  },
  async fix({ services, database, now }) {
    const [due] = await runBatch(database, [dueStatement(now, MAX_WOKEN)]);
    services.wake(due.map((reread): WorkMessage => ({ type: 'reread', ...reread })));
    return `${several(due.length, 'object')} will be read again.`;
  },
};
