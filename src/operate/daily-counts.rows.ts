import { command } from '../base/db/sql.rows.ts';

// Its key begins with the app, so each app is asked for its oldest days.
const DELETE_COUNTS = command<{ before: number; limit: number }>(`
  delete from daily_counts where rowid in (
    select c.rowid from apps as a cross join daily_counts as c on c.app_id = a.id and c.day <= :before limit :limit)`);

/** Deletes what was counted of days that had begun by `before`. */
export function deleteOldCounts(before: number, limit: number) {
  return DELETE_COUNTS({ before, limit });
}
