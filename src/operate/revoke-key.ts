import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { audit } from '../base/audit.rows.ts';
import { runBatch } from '../base/db/database.rows.ts';
import { findApp } from '../http/find-app.ts';
import { forgetCallers } from '../http/identify-caller.ts';
import { revokeKeyStatement, selectKeyOf } from './apps.rows.ts';

/**
 * Revokes a key: at once in this isolate, within 30 s in others. A revoked key stays so. @throws {Problem} `not_found`
 */
export async function revokeKey(services: Services, slug: string, keyId: string): Promise<void> {
  const app = await findApp(services, slug);
  const key = await selectKeyOf(services.database, app.id, keyId);
  if (!key) throw new Problem('not_found', { detail: `The app ${slug} has no key ${keyId}.` });
  if (key.revokedAt === null) {
    await runBatch(services.database, [
      revokeKeyStatement(services.database, key, services.now()),
      audit(services.database, services.now(), 'key.revoked', app.id, keyId),
    ]);
  }
  forgetCallers();
}
