import type { Check } from '../check.ts';

/** Nothing is lost meanwhile: the cron finds what is due by its rows, as long as it runs (ADR 54). */
export const queueNotConsumed: Check = {
  code: 'queue_not_consumed',
  area: 'the-gateway',
  severity: 'error',
  title: 'Nobody consumes the queue',
  each: 'gateway',
  async look(evidence) {
    const isRefused = Boolean((await evidence.noted()).get('ping')?.error);
    const why = isRefused ? undefined : await evidence.healthProblem('queue');
    if (why === undefined) return [];
    return [
      { target: 'floe-work', detail: why, mend: 'npx wrangler queues consumer worker add floe-work floe' },
    ];
  },
};
