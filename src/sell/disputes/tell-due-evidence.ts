import { runBatch } from '../../base/db/database.rows.ts';
import { STATEMENTS } from '../../base/db/statement-budget.ts';
import type { Services } from '../../base/services.ts';
import { sendTold } from '../../tell/deliveries/first-attempts.ts';
import { tellStatements } from '../../tell/events/events.rows.ts';
import { type DueEvidence, eventOfDueEvidence, NOTICE_MS } from './disputes.rules.ts';
import { dueEvidenceStatement } from './due-evidence.rows.ts';

/** What a run may tell; the next run, a minute later, tells the rest. */
const MAX_DUE = 100;

/** The statement that finds disputes whose evidence is due soon and whose app does not know it. `now`: milliseconds since 1970. */
export function findDueEvidence(now: number) {
  const iso = (at: number) => new Date(at).toISOString();
  return dueEvidenceStatement(iso(now), iso(now + NOTICE_MS), MAX_DUE);
}

/** Tells apps that evidence is due (`dispute.evidence_due`). The event itself says that it was told. */
export async function tellDueEvidence(services: Services, due: readonly DueEvidence[]): Promise<void> {
  if (due.length === 0) return;
  await services.budget.spend(STATEMENTS.tellEndings, async () => {
    const now = services.now();
    const events = due.map((row) => eventOfDueEvidence(row, now));
    const { deliveries } = await runBatch(services.database, {
      ...tellStatements(events, { origin: 'gateway', polarEventId: null, now }),
    });
    services.wake(sendTold(services, deliveries.flat()));
  });
}
