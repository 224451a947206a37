import { keepHistory } from './access/explain/keep-history.ts';
import { log } from './base/log.ts';
import type { Services } from './base/services.ts';
import { notePart } from './base/note-part.ts';
import { forgetCustomers } from './people/forget-customers.ts';
import { pruneExpired, pruneTold, pruneUnpaid } from './operate/prune-records.ts';
import { noteOwnSecrets } from './operate/secrets/known-secrets.ts';
import { reseal } from './operate/secrets/reseal.ts';
import { scheduleReconcile } from './compare/schedule-reconcile.ts';
import { sweep } from './sweep.ts';

/** What cron does every minute. When one part fails the others still run, and the next minute tries it again. */
export async function runSchedule(services: Services): Promise<void> {
  const parts = {
    sweep,
    forgetCustomers,
    pruneExpired,
    pruneUnpaid,
    pruneTold,
    keepHistory,
    scheduleReconcile,
    noteOwnSecrets,
    reseal,
    noteRun: () => notePart(services, 'schedule'),
  };
  for (const [part, run] of Object.entries(parts)) {
    try {
      await run(services);
    } catch (error) {
      log('error', 'a scheduled part failed', { part, error });
    }
  }
}
