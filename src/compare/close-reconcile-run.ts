import { audit } from '../base/audit.rows.ts';
import { isWebhookWell, totalDrift } from './reconcile-drift.rules.ts';
import { log } from '../base/log.ts';
import type { Services } from '../base/services.ts';
import type { Statement } from '../base/db/database.rows.ts';
import type { Run } from './reconcile-run.rows.ts';

/** Ends a run that has nothing more to do, and says what it found. Statements for the batch that saves it. */
export function closeRun(services: Services, run: Run): Statement[] {
  const { report } = run;
  const now = services.now();
  const drift = totalDrift(report);
  const hasDrift = drift.missing + drift.stale > 0;
  const isDeaf = report.webhook !== null && !isWebhookWell(report.webhook);
  const hasRead = Object.keys(report.kinds).length > 0 || Object.keys(report.refused).length === 0;
  run.status = hasRead ? 'finished' : 'failed';
  run.error = hasRead ? null : 'Polar refused every list. Look at the access token and its scopes.';
  run.finishedAt = now;
  const isBad = !hasRead || drift.failed > 0 || (isDeaf && report.webhook?.repaired === false);
  const level = isBad ? 'error' : hasDrift || isDeaf ? 'warn' : 'info';
  const detail = { mode: run.mode, scope: run.scope, ...drift, kinds: report.kinds, webhook: report.webhook };
  log(level, 'reconcile has run', {
    runId: run.id,
    requests: report.requests,
    ...detail,
    refused: report.refused,
    notUnderstood: report.not_understood,
  });
  if (level === 'info') return [];
  const line = { action: 'reconcile.drift', appId: null, target: run.id, detail } as const;
  return [audit(services.database, { actor: run.trigger }, now, line)];
}
