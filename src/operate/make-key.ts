import { newId } from '../base/ids.rules.ts';
import type { AppRow, KeyRow } from '../base/db/schema.rows.ts';
import { KEY_SCOPES, type KeyScope } from '../http/key-scopes.rules.ts';
import { hashSecret, newToken } from '../base/secrets.ts';

/** What a key is made as. */
export interface NewKey {
  kind: 'secret' | 'publishable';
  name: string;
  /** Undefined: everything of its app. */
  scopes?: readonly KeyScope[] | undefined;
  /** Milliseconds; undefined: it has no end. */
  expiresAt?: number | undefined;
}

/** Makes a key of an app, and its row, which has only the hash. `now`: milliseconds. */
export async function makeKey(app: AppRow, { kind, name, scopes, expiresAt }: NewKey, now: number) {
  const key = newToken(kind, app.mode);
  const row: KeyRow = {
    id: newId('key'),
    appId: app.id,
    kind,
    hash: await hashSecret(key),
    hint: key.slice(-4),
    name,
    // In the order of their list, whatever the order they were given in.
    scopes: scopes ? KEY_SCOPES.filter((scope) => scopes.includes(scope)) : null,
    createdAt: now,
    expiresAt: expiresAt ?? null,
    lastUsedAt: null,
    revokedAt: null,
  };
  return { key, row };
}
