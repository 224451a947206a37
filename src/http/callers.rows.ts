import { APP_JSON, readApp } from '../base/db/app-json.rows.ts';
import type { Database } from '../base/db/database.rows.ts';
import type { AppRow, KeyRow, SessionRow } from '../base/db/schema.rows.ts';
import { command, query, runOne } from '../base/db/sql.rows.ts';

const appBySlug = query<{ slug: string }, { app: string }>(
  `select ${APP_JSON} as app from apps as a where a.slug = :slug`,
);

/** An app by slug. */
export async function selectApp(database: Database, slug: string): Promise<AppRow | undefined> {
  const [row] = await runOne(database, appBySlug({ slug }));
  return row && readApp(row.app);
}

type Key = Pick<KeyRow, 'id' | 'kind' | 'scopes' | 'expiresAt' | 'lastUsedAt'>;

const keyByHash = query<{ hash: string }, Omit<Key, 'scopes'> & { app: string; scopes: string | null }>(`
  select ${APP_JSON} as app, k.id, k.kind, k.scopes, k.expires_at as expiresAt, k.last_used_at as lastUsedAt
  from api_keys as k join apps as a on a.id = k.app_id
  where k.hash = :hash and k.revoked_at is null`);

/** The key of this hash with its app, unless it is revoked. It may have ended. */
export async function selectKey(
  database: Database,
  hash: string,
): Promise<{ app: AppRow; key: Key } | undefined> {
  const [row] = await runOne(database, keyByHash({ hash }));
  if (!row) return undefined;
  const { app, scopes, ...key } = row;
  return { app: readApp(app), key: { ...key, scopes: scopes === null ? null : readScopes(scopes) } };
}

function readScopes(json: string): string[] {
  return JSON.parse(json) as string[];
}

const noteUse = command<{ id: string; now: number }>(
  'update api_keys set last_used_at = :now where id = :id',
);

/** Notes when a key was last used, milliseconds. */
export async function noteKeyUsed(database: Database, keyId: string, now: number): Promise<void> {
  await runOne(database, noteUse({ id: keyId, now }));
}

// Sessions in the gateway's own cookie are not accepted as Bearer tokens (ADR 33).
const sessionByHash = query<{ hash: string; now: number }, SessionRow & { app: string }>(`
  select ${APP_JSON} as app, s.id, s.hash, s.app_id as appId, s.payment_id as paymentId, s.customer_id as customerId,
    s.external_id as externalId, s.member_id as memberId, s.proof, s.holder, s.email, s.label,
    s.created_at as createdAt, s.expires_at as expiresAt, s.revoked_at as revokedAt
  from sessions as s join apps as a on a.id = s.app_id
  where s.hash = :hash and s.holder = 'app' and s.revoked_at is null and s.expires_at > :now`);

/** The live session of this hash with its app. */
export async function selectSession(
  database: Database,
  hash: string,
  now: number,
): Promise<{ app: AppRow; session: SessionRow } | undefined> {
  const [row] = await runOne(database, sessionByHash({ hash, now }));
  if (!row) return undefined;
  const { app, ...session } = row;
  return { app: readApp(app), session };
}
