import type { KeyView, NewKeyView } from './apps.answers.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { audit } from '../base/audit.rows.ts';
import { runBatch } from '../base/db/database.rows.ts';
import type { KeyRow } from '../base/db/schema.rows.ts';
import { findApp } from '../http/find-app.ts';
import { fingerprintOf, withIdempotency } from '../http/idempotency.ts';
import { forgetCallers } from '../http/identify-caller.ts';
import { insertKeys, revokeKeyStatement, selectKeyOf, selectKeys } from './apps.rows.ts';
import { makeKey } from './make-key.ts';

const KEYS_ROUTE = 'POST /admin/apps/:app/keys';

/**
 * A further key of an app, at most one for an `Idempotency-Key`. Its value is in this answer only.
 * @throws {Problem} `not_found`; see `withIdempotency`
 */
export async function createKey(
  services: Services,
  slug: string,
  input: { kind: 'secret' | 'publishable'; name: string },
  { key, rawBody }: { key: string | undefined; rawBody: string },
) {
  const { database } = services;
  const app = await findApp(services, slug);
  const once = {
    appId: app.id,
    route: KEYS_ROUTE,
    key,
    fingerprint: () => fingerprintOf(KEYS_ROUTE, rawBody),
    prefetch: [],
  };
  return withIdempotency(services, once, async () => {
    const made = await makeKey(app, input.kind, input.name, services.now());
    return {
      status: 201,
      body: { ...presentKey(made.row), key: made.key } satisfies NewKeyView,
      commit: [
        insertKeys(database, [made.row]),
        audit(database, services.now(), 'key.created', app.id, made.row.id),
      ],
    };
  });
}

/** An app's keys, newest first, without their values. @throws {Problem} `not_found` */
export async function listKeys(services: Services, slug: string) {
  const app = await findApp(services, slug);
  const rows = await selectKeys(services.database, app.id);
  return rows.map(presentKey);
}

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

function presentKey(key: KeyRow): KeyView {
  return {
    id: key.id,
    kind: key.kind,
    name: key.name,
    hint: key.hint,
    created_at: new Date(key.createdAt).toISOString(),
    last_used_at: key.lastUsedAt === null ? null : new Date(key.lastUsedAt).toISOString(),
    revoked_at: key.revokedAt === null ? null : new Date(key.revokedAt).toISOString(),
  };
}
