import { totalDrift } from '../../../compare/reconcile-drift.rules.ts';
import type { Check } from '../check.ts';
import { several } from '../words.rules.ts';

/** It is repaired by then. That there was any says that webhooks were lost. */
export const driftFound: Check = {
  code: 'drift_found',
  area: 'comparing-with-polar',
  severity: 'warning',
  title: 'Webhooks were lost: what is stored differed from Polar',
  each: 'mode',
  async look(evidence, mode) {
    const [last, ...before] = (await evidence.runs(mode)).filter(({ status }) => status === 'finished');
    // The first one learns what was at Polar before the gateway was.
    if (!last || before.length === 0) return [];
    const { missing, stale, repaired } = totalDrift(last.report);
    if (missing + stale === 0) return [];
    const kinds = Object.entries(last.report.kinds)
      .filter(([, tally]) => tally.missing + tally.stale > 0)
      .map(([kind, tally]) => `${kind} ${tally.missing + tally.stale}`);
    return [
      {
        target: last.id,
        detail: `The comparison ${last.id} found ${several(missing + stale, 'object')} that no webhook had told of (${kinds.join(', ')}), and repaired ${repaired}.`,
        mend: `npx floe reconcile show ${last.id}`,
      },
    ];
  },
};
