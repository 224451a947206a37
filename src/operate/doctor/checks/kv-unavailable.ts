import type { Check } from '../check.ts';

export const kvUnavailable: Check = {
  code: 'kv_unavailable',
  area: 'the-gateway',
  severity: 'error',
  title: 'KV does not answer',
  each: 'gateway',
  async look(evidence) {
    const why = await evidence.healthProblem('kv');
    return why === undefined ? [] : [{ detail: why, mend: 'npx wrangler kv namespace list' }];
  },
};
