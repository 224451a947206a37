import type { Services } from '../base/services.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { audit } from '../base/audit.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { findApp } from '../http/find-app.ts';
import { forgetCallers } from '../http/identify-caller.ts';
import { updateAppStatements } from './apps.rows.ts';
import { presentApp, settingsOf } from './present-app.ts';
import { type AppSettings, writeApp } from './write-app.ts';

/** Changes an app's settings. @throws {Problem} `not_found`, `conflict` */
export async function updateApp(services: Services, slug: string, change: AppSettings, by: Doer) {
  const app = await findApp(services, slug);
  const now = services.now();
  // Only what is to change: another request may change the rest at the same time.
  const columns = {
    ...(change.name !== undefined && { name: change.name }),
    ...(change.origins && { origins: change.origins }),
    ...(change.callback_urls && { callbackUrls: change.callback_urls }),
    ...(change.owns_unclaimed !== undefined && { ownsUnclaimed: change.owns_unclaimed }),
    ...(change.past_due_grace_days !== undefined && { pastDueGraceDays: change.past_due_grace_days }),
    ...(change.ending_notice_days !== undefined && { endingNoticeDays: change.ending_notice_days }),
    ...(change.allows_foreign_codes !== undefined && { allowsForeignCodes: change.allows_foreign_codes }),
    ...(change.dispute_access !== undefined && { disputeAccess: change.dispute_access }),
    updatedAt: now,
  } satisfies Partial<AppRow>;
  const next: AppRow = { ...app, ...columns };
  await writeApp(services, next, [
    ...updateAppStatements(services.database, app, columns, now),
    audit(services.database, by, now, {
      action: 'app.updated',
      appId: app.id,
      target: app.slug,
      before: settingsOf(app),
      after: settingsOf(next),
    }),
  ]);
  forgetCallers();
  return presentApp(next);
}
