import type { Check } from '../check.ts';

/** What such a key signs or encrypts, nobody can read: of the names in the finding, mend each. */
export const keysBroken: Check = {
  code: 'keys_broken',
  area: 'keys-and-secrets',
  severity: 'error',
  title: 'A key does not fit itself',
  each: 'gateway',
  async look(evidence) {
    const why = await evidence.healthProblem('keys');
    return why === undefined
      ? []
      : [
          {
            detail: why,
            mend: 'Make what is named anew: npx floe rotate signing --mode MODE, or npx floe rotate encryption',
          },
        ];
  },
};
