import { newId } from '../base/ids.rules.ts';
import type { AppRow, KeyRow } from '../base/db/schema.rows.ts';
import { hashSecret, newToken } from '../base/secrets.ts';

/** Makes a key of an app, and its row, which has only the hash. */
export async function makeKey(app: AppRow, kind: 'secret' | 'publishable', name: string, now: number) {
  const key = newToken(kind, app.mode);
  const row: KeyRow = {
    id: newId('key'),
    appId: app.id,
    kind,
    hash: await hashSecret(key),
    hint: key.slice(-4),
    name,
    createdAt: now,
    lastUsedAt: null,
    revokedAt: null,
  };
  return { key, row };
}
