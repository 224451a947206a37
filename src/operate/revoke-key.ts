import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { runBatch } from '../base/db/database.rows.ts';
import { findApp } from '../http/find-app.ts';
import { forgetCallers } from '../http/identify-caller.ts';
import { limitsOf } from './present-key.ts';
import { changeKey, selectKeyOf } from './apps.rows.ts';

/**
 * Revokes a key: at once in this isolate, within 30 s in others. A revoked key stays so. @throws {Problem} `not_found`
 */
export async function revokeKey(services: Services, slug: string, keyId: string, by: Doer): Promise<void> {
  const app = await findApp(services, slug);
  const key = await selectKeyOf(services.database, app.id, keyId);
  if (!key) throw new Problem('not_found', { detail: `The app ${slug} has no key ${keyId}.` });
  if (key.revokedAt === null) {
    const now = services.now();
    const limits = { before: limitsOf(key), after: limitsOf({ ...key, revokedAt: now }) };
    const how = { by, now, action: 'key.revoked', ...limits } as const;
    const { changed } = await runBatch(
      services.database,
      changeKey(services.database, key, { revokedAt: now }, how),
    );
    // Somebody has changed it meanwhile.
    if (changed.length === 0) return revokeKey(services, slug, keyId, by);
  }
  forgetCallers();
}
