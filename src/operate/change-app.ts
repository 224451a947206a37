import type { Services } from '../base/services.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { audit } from '../base/audit.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { findApp } from '../http/find-app.ts';
import { forgetCallers } from '../http/identify-caller.ts';
import { updateAppStatement } from './apps.rows.ts';
import { presentApp, settingsOf } from './present-app.ts';
import { type AppSettings, writeApp } from './write-app.ts';

/** Changes an app's settings. @throws {Problem} `not_found`, `conflict` */
export async function updateApp(services: Services, slug: string, change: AppSettings, by: Doer) {
  const app = await findApp(services, slug);
  const now = services.now();
  const next: AppRow = {
    ...app,
    name: change.name ?? app.name,
    origins: change.origins ?? app.origins,
    callbackUrls: change.callback_urls ?? app.callbackUrls,
    ownsUnclaimed: change.owns_unclaimed ?? app.ownsUnclaimed,
    pastDueGraceDays: change.past_due_grace_days ?? app.pastDueGraceDays,
    endingNoticeDays: change.ending_notice_days ?? app.endingNoticeDays,
    allowsForeignCodes: change.allows_foreign_codes ?? app.allowsForeignCodes,
    updatedAt: now,
  };
  await writeApp(services, next, [
    updateAppStatement(services.database, next),
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
