import type { AppRow } from './schema.rows.ts';

/** The row of the app `a` as one JSON text, for constant SQL; `readApp` reads it. */
export const APP_JSON = `json_object('id', a.id, 'slug', a.slug, 'product', a.product, 'mode', a.mode, 'name', a.name,
  'origins', json(a.origins), 'callbackUrls', json(a.callback_urls),
  'ownsUnclaimed', json(iif(a.owns_unclaimed, 'true', 'false')), 'pastDueGraceDays', a.past_due_grace_days,
  'endingNoticeDays', a.ending_notice_days, 'allowsForeignCodes', json(iif(a.allows_foreign_codes, 'true', 'false')),
  'disputeAccess', a.dispute_access, 'createdAt', a.created_at, 'updatedAt', a.updated_at)`;

/** Reads what `APP_JSON` gave. */
export function readApp(json: string): AppRow {
  return JSON.parse(json) as AppRow;
}
