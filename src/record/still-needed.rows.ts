import type { Database } from '../base/db/database.rows.ts';
import { query, runOne } from '../base/db/sql.rows.ts';
import type { Mode } from '../base/mode.rules.ts';
import { isOrderBehind, isRefundMissing } from './missing.rows.ts';
import { ORDER_BEHIND, REFUND_MISSING } from './plan-rereads.rules.ts';
import type { RereadRow } from './rereads.rows.ts';

const stillNeeded = (condition: string) =>
  query<{ mode: Mode; id: string }, { one: 1 }>(
    `select 1 as one from orders as o where o.mode = :mode and o.id = :id and ${condition}`,
  );
const STILL_NEEDED: Partial<Record<string, ReturnType<typeof stillNeeded>>> = {
  [`refunds ${REFUND_MISSING}`]: stillNeeded(isRefundMissing(':id', 'o.refunded_amount')),
  [`order ${ORDER_BEHIND}`]: stillNeeded(isOrderBehind(':id')),
};

/** Whether an object that was asked for because something was missing is still needed; it may have come by itself. */
export async function isStillNeeded(
  database: Database,
  { mode, kind, id, reason }: RereadRow,
): Promise<boolean> {
  const find = STILL_NEEDED[`${kind} ${reason}`];
  if (!find) return true;
  return (await runOne(database, find({ mode, id }))).length > 0;
}
