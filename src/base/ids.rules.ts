import { TypeID, typeid } from 'typeid-js';

/** The prefixes of the gateway's ids, which are part of the public contract. */
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

/** A new sortable id (TypeID over UUIDv7), such as `pay_01h…`. It is random, so rules must not call it. */
export function newId(kind: IdKind): string {
  return typeid(kind).toString();
}

/**
 * An id that follows from `seed`, so that two Polar events which race to create one row give it the same id. It sorts
 * by `createdAtMs` like every other id.
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

/** Whether `value` is a well-formed id of this kind, to refuse others without a query. */
export function isId(kind: IdKind, value: string): boolean {
  return new RegExp(`^${kind}_[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$`).test(value);
}
