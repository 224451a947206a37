import { runBatch } from '../../base/db/database.rows.ts';
import { STATEMENTS } from '../../base/db/statement-budget.ts';
import type { Services } from '../../base/services.ts';
import { sendTold } from '../../tell/deliveries/first-attempts.ts';
import { tellStatements } from '../../tell/events/events.rows.ts';
import { eventOfEnd } from './own-grant-events.rules.ts';
import { noteEndsTold, type UntoldEnd } from './own-grants-over.rows.ts';

/**
 * Tells apps that grants of their own have ended by the time, or with their customer (`grant.revoked`), and notes it in the same
 * batch. Of a crash before it nothing is left, and the next sweep tells them. Access needs none of this: a token ends with what
 * is in it.
 */
export async function tellEndedGrants(services: Services, ends: readonly UntoldEnd[]): Promise<void> {
  if (ends.length === 0) return;
  await services.budget.spend(STATEMENTS.tellEndings, async () => {
    const now = services.now();
    const { deliveries } = await runBatch(services.database, {
      ...tellStatements(ends.map(toEvent), { origin: 'gateway', polarEventId: null, now }),
      noted: noteEndsTold(ends),
    });
    services.wake(sendTold(services, deliveries.flat()));
  });
}

function toEvent(row: UntoldEnd) {
  return row.revokedAt === null
    ? eventOfEnd(row, row.appSlug, 'expired', row.expiresAt ?? row.createdAt)
    : eventOfEnd(row, row.appSlug, row.revokedBecause ?? 'revoked', row.revokedAt);
}
