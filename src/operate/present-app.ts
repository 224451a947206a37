import type { AppView } from './apps.answers.ts';
import type { AppRow } from '../base/db/schema.rows.ts';

/** An app, as the API shows it. */
export function presentApp(app: AppRow): AppView {
  return {
    id: app.id,
    slug: app.slug,
    product: app.product,
    mode: app.mode,
    name: app.name,
    origins: app.origins,
    callback_urls: app.callbackUrls,
    owns_unclaimed: app.ownsUnclaimed,
    allows_foreign_codes: app.allowsForeignCodes,
    past_due_grace_days: app.pastDueGraceDays,
    ending_notice_days: app.endingNoticeDays,
    dispute_access: app.disputeAccess,
    created_at: new Date(app.createdAt).toISOString(),
    updated_at: new Date(app.updatedAt).toISOString(),
  };
}

/** What an operator sets of an app, as the audit log says it. */
export function settingsOf(app: AppRow) {
  const { id: _id, slug: _slug, created_at: _created, updated_at: _updated, ...settings } = presentApp(app);
  return settings;
}
