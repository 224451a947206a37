import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { query } from '../base/db/sql.rows.ts';

type Woken = { id: string };

const WAKE_ARRIVED = query<{ mode: Mode; arrived: string; but: string }, Woken>(`
  update polar_events set status = 'pending'
  where mode = :mode and waits_for in (select value from json_each(:arrived))
    and status in ('unrouted', 'applied') and id <> :but and sealed_body is not null
  returning id`);

/**
 * Makes stored Polar events pending that wait for what has come, and returns their ids. `but`: the Polar event that
 * brought it.
 */
export function wakeArrived(
  mode: Mode,
  arrived: readonly string[],
  but: string | undefined,
): Statement<Woken[]> {
  return WAKE_ARRIVED({ mode, arrived: JSON.stringify(arrived), but: but ?? '' });
}

const wakeIfIn = (table: string) =>
  query<{ mode: Mode; polarEventId: string; id: string }, Woken>(`
  update polar_events set status = 'pending' where id = :polarEventId and status = 'unrouted'
    and exists (select 1 from ${table} as t where t.mode = :mode and t.id = :id and t.app_id is not null)
  returning id`);

const WAKE_IF_IN: Partial<Record<string, ReturnType<typeof wakeIfIn>>> = {
  order: wakeIfIn('orders'),
  subscription: wakeIfIn('subscriptions'),
  product: wakeIfIn('products'),
};

/**
 * Makes an unrouted Polar event pending if what it waits for, `order:<id>`, is stored by now and belongs to an app.
 * Returns its id.
 */
export function wakeIfCome(mode: Mode, polarEventId: string, waitsFor: string): Statement<Woken[]>[] {
  const [kind = '', id = ''] = waitsFor.split(':');
  const wake = WAKE_IF_IN[kind];
  return wake ? [wake({ mode, polarEventId, id })] : [];
}
