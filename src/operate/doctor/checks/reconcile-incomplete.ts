import type { Check } from '../check.ts';
import { quote } from '../words.rules.ts';

export const reconcileIncomplete: Check = {
  code: 'reconcile_incomplete',
  area: 'comparing-with-polar',
  severity: 'error',
  title: 'Some objects of Polar’s cannot be compared or applied',
  each: 'mode',
  async look(evidence, mode) {
    const last = (await evidence.runs(mode)).find(({ status }) => status === 'finished');
    if (!last) return [];
    const { refused, not_understood: odd, kinds } = last.report;
    const failed = Object.entries(kinds).filter(([, tally]) => tally.failed > 0);
    const why = [
      ...Object.entries(refused).map(([list, said]) => `Polar’s list ${list} was refused: ${quote(said)}.`),
      ...failed.map(([kind, tally]) => `${tally.failed} of ${kind} could not be applied.`),
      ...odd
        .slice(0, 3)
        .map(
          ({ kind, id }) =>
            `The ${kind} ${id === null ? 'without an id' : quote(id)} is not what Polar documents.`,
        ),
    ];
    if (why.length === 0) return [];
    return [
      {
        target: last.id,
        detail: `In the comparison ${last.id}: ${why.join(' ')}`,
        mend: `npx floe reconcile show ${last.id}`,
      },
    ];
  },
};
