import { MODES, type Mode } from '../base/mode.rules.ts';
import { FULL_EVERY_MS, LONGEST_RUN_MS, RECENT_EVERY_MS } from './reconcile-position.rules.ts';
import { log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { selectRunHistory, selectDueRuns } from './reconcile.rows.ts';
import { GRACE_SECONDS, startReconcile } from './reconcile.ts';

/**
 * Called by cron: wakes runs whose message was lost, then starts runs that are due. When one mode fails, the other is
 * still done.
 */
export async function scheduleReconcile(services: Services): Promise<void> {
  const due = await selectDueRuns(services.database, services.now());
  services.wake(due.map(({ id }) => ({ type: 'reconcile', runId: id })));
  for (const mode of MODES) {
    if (!services.config.modes[mode]) continue;
    try {
      await startIfDue(services, mode);
    } catch (error) {
      log('error', 'reconcile not started', { mode, error });
    }
  }
}

/**
 * A recent run starts every 15 minutes, a full one a day after the last was finished; the full run reads what is recent
 * too. A mode's first run starts 15 minutes after its first app was created, since before there is nobody to tell.
 */
async function startIfDue(services: Services, mode: Mode): Promise<void> {
  const now = services.now();
  const recent = now - RECENT_EVERY_MS;
  const history = await selectRunHistory(services.database, mode, {
    recent,
    full: now - FULL_EVERY_MS,
    // A run may have taken days, so it may have begun that much earlier.
    fullBegan: now - FULL_EVERY_MS - LONGEST_RUN_MS,
  });
  if (history.isRunning || history.ranRecently) return;
  if (history.firstAppAt === null || history.firstAppAt > recent) return;
  try {
    await startReconcile(services, {
      mode,
      scope: history.ranFully ? 'recent' : 'full',
      by: { actor: 'schedule' },
      graceSeconds: GRACE_SECONDS,
      mayRepairWebhook: services.config.repairPolarWebhook,
    });
  } catch (error) {
    // Another invocation or the operator was faster.
    if (!(error instanceof Problem && error.code === 'conflict')) throw error;
  }
}
