import type { KeyView } from './apps.answers.ts';
import type { KeyRow } from '../base/db/schema.rows.ts';

/** How an answer describes a key, without its value. */
export function presentKey(key: KeyRow): KeyView {
  return {
    id: key.id,
    kind: key.kind,
    name: key.name,
    hint: key.hint,
    scopes: key.scopes,
    created_at: new Date(key.createdAt).toISOString(),
    expires_at: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
    last_used_at: key.lastUsedAt === null ? null : new Date(key.lastUsedAt).toISOString(),
    revoked_at: key.revokedAt === null ? null : new Date(key.revokedAt).toISOString(),
  };
}

/** What the audit log says of a key: what a person knows it by, and what it may do. */
export function limitsOf(key: KeyRow) {
  const { kind, name, hint, scopes, expires_at, revoked_at } = presentKey(key);
  return { kind, name, hint, scopes, expires_at, revoked_at };
}
