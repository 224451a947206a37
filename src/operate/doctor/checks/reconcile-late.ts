import { startReconcile, GRACE_SECONDS } from '../../../compare/reconcile.ts';
import type { Check } from '../check.ts';
import { span, time } from '../words.rules.ts';

/** One starts every 15 minutes. */
const LATE_AFTER_MS = 2 * 60 * 60_000;

export const reconcileLate: Check = {
  code: 'reconcile_late',
  area: 'comparing-with-polar',
  severity: 'error',
  title: 'Nothing was compared with Polar lately',
  each: 'mode',
  async look(evidence, mode) {
    const runs = await evidence.runs(mode);
    if (runs.some(({ status }) => status === 'running')) return [];
    const first = (await evidence.apps()).find((app) => app.mode === mode);
    const last = runs.find(({ status }) => status === 'finished');
    const since = last?.finishedAt ?? first?.createdAt;
    if (!first || since === undefined || evidence.now - since <= LATE_AFTER_MS) return [];
    const when = last?.finishedAt
      ? `finished last at ${time(last.finishedAt)}, ${span(evidence.now - last.finishedAt)} ago`
      : 'has not finished yet';
    return [
      {
        detail: `Comparing ${mode} with Polar ${when}. What webhooks missed since then is not known here.`,
        mend: 'npx floe doctor --fix',
      },
    ];
  },
  async fix({ services, by }, _, mode) {
    const run = await startReconcile(services, {
      mode,
      scope: 'recent',
      by: { ...by, actor: 'operator' },
      graceSeconds: GRACE_SECONDS,
      mayRepairWebhook: services.config.repairPolarWebhook,
    });
    return `Comparing ${mode} with Polar was started: ${run.id}.`;
  },
};
