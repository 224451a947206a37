import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { audit } from '../base/audit.rows.ts';
import { runBatch } from '../base/db/database.rows.ts';
import { findApp } from '../http/find-app.ts';
import { forgetCallers } from '../http/identify-caller.ts';
import { limitsOf } from './present-key.ts';
import { revokeKeyStatement, selectKeyOf } from './apps.rows.ts';

/**
 * Revokes a key: at once in this isolate, within 30 s in others. A revoked key stays so. @throws {Problem} `not_found`
 */
export async function revokeKey(services: Services, slug: string, keyId: string, by: Doer): Promise<void> {
  const app = await findApp(services, slug);
  const key = await selectKeyOf(services.database, app.id, keyId);
  if (!key) throw new Problem('not_found', { detail: `The app ${slug} has no key ${keyId}.` });
  if (key.revokedAt === null) {
    const now = services.now();
    const before = limitsOf(key);
    await runBatch(services.database, [
      revokeKeyStatement(services.database, key, now),
      audit(services.database, by, now, {
        action: 'key.revoked',
        appId: app.id,
        target: keyId,
        before,
        after: { ...before, revoked_at: new Date(now).toISOString() },
      }),
    ]);
  }
  forgetCallers();
}
