import type { Check } from '../check.ts';

export const queueRefuses: Check = {
  code: 'queue_refuses',
  area: 'the-gateway',
  severity: 'error',
  title: 'The queue takes no messages',
  each: 'gateway',
  async look(evidence) {
    const error = (await evidence.noted()).get('ping')?.error ?? null;
    if (error === null) return [];
    return [{ target: 'floe-work', detail: error, mend: 'npx wrangler queues info floe-work' }];
  },
};
