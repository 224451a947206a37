import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { query, unmetUnless } from '../base/db/sql.rows.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import type { RoutingRows } from './routing-rows.rules.ts';

type Asked = { mode: Mode; id: string; appId: string };

const unlessOthers = (table: string) =>
  query<Asked, unknown>(
    unmetUnless(`not exists (select 1 from ${table} where mode = :mode and id = :id and app_id <> :appId)`),
  );
const UNLESS_OTHERS = { order: unlessOthers('orders'), subscription: unlessOthers('subscriptions') };

/**
 * Keeps a batch from doing anything (`isUnmet`) that was planned for a purchase of nobody's, when another app has got it since. Its
 * app is set once, so of two that were decided at the same time one must be decided anew, or both apps would be told of it.
 */
export function stillUnowned(
  mode: Mode,
  { main }: Observation,
  rows: RoutingRows,
  appId: string | null,
): Statement[] {
  if (appId === null || (main.kind !== 'order' && main.kind !== 'subscription')) return [];
  const stored = main.kind === 'order' ? rows.orders : rows.subscriptions;
  const isOwned = stored.some((row) => row.id === main.row.id && row.appId !== null);
  return isOwned ? [] : [UNLESS_OTHERS[main.kind]({ mode, id: main.row.id, appId })];
}
