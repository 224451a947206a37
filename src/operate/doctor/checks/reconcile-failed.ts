import { CANCELED_BY_OPERATOR } from '../../../compare/reconcile.ts';
import type { Check } from '../check.ts';

export const reconcileFailed: Check = {
  code: 'reconcile_failed',
  area: 'comparing-with-polar',
  severity: 'error',
  title: 'Comparing with Polar failed',
  each: 'mode',
  async look(evidence, mode) {
    const last = (await evidence.runs(mode)).find(({ status }) => status !== 'running');
    if (last?.status !== 'failed' || last.error === CANCELED_BY_OPERATOR) return [];
    return [
      {
        target: last.id,
        detail: `The comparison ${last.id} failed: ${last.error ?? 'it did not say why'}`,
        mend: `npx floe reconcile show ${last.id}`,
      },
    ];
  },
};
