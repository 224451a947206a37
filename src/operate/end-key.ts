import type { KeyView } from './apps.answers.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { runBatch } from '../base/db/database.rows.ts';
import { findApp } from '../http/find-app.ts';
import { forgetCallers } from '../http/identify-caller.ts';
import { changeKey, selectKeyOf } from './apps.rows.ts';
import { limitsOf, presentKey } from './present-key.ts';

/**
 * Lets a key end at `expiresAt` (milliseconds), or earlier than it would have. An end is never put off: whoever made the key
 * short-lived must not find it alive. @throws {Problem} `not_found`; `conflict` when it ends sooner already
 */
export async function endKey(
  services: Services,
  { app: slug, key: keyId }: { app: string; key: string },
  expiresAt: number,
  by: Doer,
): Promise<KeyView> {
  const { database } = services;
  const app = await findApp(services, slug);
  const key = await selectKeyOf(database, app.id, keyId);
  if (!key) throw new Problem('not_found', { detail: `The app ${slug} has no key ${keyId}.` });
  if (key.expiresAt !== null && key.expiresAt < expiresAt)
    throw new Problem('conflict', {
      detail: `This key ends at ${new Date(key.expiresAt).toISOString()} already. An end is not put off: make another key.`,
    });
  if (key.expiresAt !== expiresAt) {
    const limits = { before: limitsOf(key), after: limitsOf({ ...key, expiresAt }) };
    const how = { by, now: services.now(), action: 'key.ends', ...limits } as const;
    const { changed } = await runBatch(database, changeKey(database, key, { expiresAt }, how));
    // Somebody else was faster: what they have set counts.
    if (changed.length === 0) return endKey(services, { app: slug, key: keyId }, expiresAt, by);
  }
  forgetCallers();
  return presentKey({ ...key, expiresAt });
}
