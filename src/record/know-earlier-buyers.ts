import { runBatch } from '../base/db/database.rows.ts';
import type { Services } from '../base/services.ts';
import { catchUp, type CatchUp, endOfStep } from './earlier-buyers.rows.ts';

/** A step takes D1 well under a second: a million payments take twenty minutes. */
const PAYMENTS_PER_STEP = 10_000;
const STEPS_PER_RUN = 5;
const STATEMENTS_PER_STEP = 5;
/** Until then an isolate of the release before may still sell, and note nobody. */
const NEXT_ROUND_MS = 60 * 60_000;

/**
 * Notes who bought before the gateway kept an app's customers (ADR 104): all payments are read in steps, and an hour later once more.
 * A step that is lost is made again, and changes nothing twice.
 */
export async function knowEarlierBuyers(
  services: Services,
  position: string,
  paymentsPerStep = PAYMENTS_PER_STEP,
): Promise<void> {
  const { database, budget } = services;
  const begin = JSON.parse(position) as CatchUp;
  let from = begin.after;
  for (let nth = 0; nth < STEPS_PER_RUN; nth += 1) {
    if (!budget.hasRoomFor(STATEMENTS_PER_STEP)) return;
    const { step: read } = await runBatch(database, { step: endOfStep(from, paymentsPerStep) });
    const { last = null, rows = 0 } = read[0] ?? {};
    const isOver = last === null || rows < paymentsPerStep;
    const to = isOver
      ? { after: '', rounds: begin.rounds - 1, notBefore: services.now() + NEXT_ROUND_MS }
      : { after: last, rounds: begin.rounds, notBefore: 0 };
    await runBatch(database, catchUp(from, paymentsPerStep, to));
    if (isOver) return;
    from = to.after;
  }
}
