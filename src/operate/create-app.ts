import type { NewAppView } from './apps.answers.ts';
import { newId } from '../base/ids.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { audit } from '../base/audit.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { prepareEndpoint } from '../tell/endpoints/register-endpoint.ts';
import { insertApp, insertKeys } from './apps.rows.ts';
import { makeKey } from './make-key.ts';
import { presentApp, settingsOf } from './present-app.ts';
import { limitsOf } from './present-key.ts';
import { type AppSettings, writeApp } from './write-app.ts';

/**
 * Creates an app with its first two keys, and an endpoint when `webhook_url` is given.
 * @throws {Problem} `conflict` when the product has an app in this mode already, or another app owns the unclaimed
 * products; `mode_not_configured`.
 */
export async function createApp(
  services: Services,
  input: AppSettings & {
    product: string;
    mode: Mode;
    callback_urls: string[];
    webhook_url?: string | undefined;
  },
  by: Doer,
): Promise<NewAppView> {
  if (!services.config.modes[input.mode]) {
    throw new Problem('mode_not_configured', {
      detail: `The mode ${input.mode} has no Polar credentials. Configure it first.`,
    });
  }
  const now = services.now();
  const app: AppRow = {
    id: newId('app'),
    slug: `${input.product}-${input.mode}`,
    product: input.product,
    mode: input.mode,
    name: input.name ?? input.product,
    origins: input.origins ?? [],
    callbackUrls: input.callback_urls,
    ownsUnclaimed: input.owns_unclaimed ?? false,
    pastDueGraceDays: input.past_due_grace_days ?? 0,
    endingNoticeDays: input.ending_notice_days ?? 3,
    allowsForeignCodes: input.allows_foreign_codes ?? false,
    disputeAccess: input.dispute_access ?? 'keep',
    createdAt: now,
    updatedAt: now,
  };
  const secret = await makeKey(app, { kind: 'secret', name: 'first' }, now);
  const publishable = await makeKey(app, { kind: 'publishable', name: 'first' }, now);
  const endpoint =
    input.webhook_url === undefined
      ? undefined
      : await prepareEndpoint(services, app, { url: input.webhook_url }, by, 'body.webhook_url');
  // It is one batch: otherwise a failure could leave an app whose keys were never shown, or products without their
  // owner.
  await writeApp(services, app, [
    insertApp(services.database, app),
    insertKeys(services.database, [secret.row, publishable.row]),
    audit(
      services.database,
      by,
      now,
      { action: 'app.created', appId: app.id, target: app.slug, after: settingsOf(app) },
      ...[secret, publishable].map(({ row }) => ({
        action: 'key.created' as const,
        appId: app.id,
        target: row.id,
        after: limitsOf(row),
      })),
    ),
    ...(endpoint?.statements ?? []),
  ]);
  return {
    ...presentApp(app),
    secret_key: secret.key,
    publishable_key: publishable.key,
    ...(endpoint ? { webhook_secret: endpoint.view.secret } : {}),
  };
}
