import { TypeID, typeid } from 'typeid-js';

/** What an id of ours names. The prefix is part of the public contract. */
export type IdKind =
  | 'app'
  | 'key'
  | 'pay'
  | 'pev'
  | 'evt'
  | 'ep'
  | 'dlv'
  | 'att'
  | 'ses'
  | 'sia'
  | 'cod'
  | 'aud'
  | 'rec';

/** A new sortable id (TypeID over UUIDv7), such as `pay_01h…`. Random: callers are recipes, never rules. */
export function newId(kind: IdKind): string {
  return typeid(kind).toString();
}

/**
 * The id that a thing of Polar's gets however often, and in whatever order, we hear of it: the same `seed` gives the
 * same id, so two events that race to create one row agree on its name. Sorted by `createdAtMs` like every other id.
 */
export async function stableId(kind: IdKind, seed: string, createdAtMs: number): Promise<string> {
  const digest = new Uint8Array(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${kind}:${seed}`)),
  );
  const bytes = digest.slice(0, 16);
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(createdAtMs / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return TypeID.fromUUIDBytes(kind, bytes).toString();
}

/** Whether `value` is a well-formed id of this kind: cheap refusal before a query. */
export function isId(kind: IdKind, value: string): boolean {
  return new RegExp(`^${kind}_[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$`).test(value);
}
