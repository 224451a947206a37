import { runBatch } from '../base/db/database.rows.ts';
import { STATEMENTS } from '../base/db/statement-budget.ts';
import type { Services } from '../base/services.ts';
import { sendTold } from '../tell/deliveries/first-attempts.ts';
import { tellStatements } from '../tell/events/events.rows.ts';
import { type Ending, noteEndingsTold } from './endings.rows.ts';
import { eventOfEnding } from './endings.rules.ts';

/**
 * Tells apps that subscriptions of theirs are about to end (`subscription.ending`), and notes for which end, all in one
 * batch. Of a crash before it nothing is left, and the next sweep tells them.
 */
export async function tellEndings(services: Services, endings: readonly Ending[]): Promise<void> {
  if (endings.length === 0) return;
  await services.budget.spend(STATEMENTS.tellEndings, async () => {
    const now = services.now();
    const told = endings.map((row) => ({ row, event: eventOfEnding(row, now) }));
    const { deliveries } = await runBatch(services.database, {
      ...tellStatements(
        told.map(({ event }) => event),
        { origin: 'gateway', polarEventId: null, now },
      ),
      noted: noteEndingsTold(told.map(({ row, event }) => ({ ...row, key: event.key }))),
    });
    services.wake(sendTold(services, deliveries.flat()));
  });
}
