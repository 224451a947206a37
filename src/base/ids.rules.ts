import { TypeID, typeid } from 'typeid-js';

/** The prefixes of the gateway's ids, which are part of the public contract. */
export type IdKind =
  | 'app'
  | 'key'
  | 'pay'
  | 'ref'
  | 'grt'
  | 'gft'
  | 'cmp'
  | 'lnk'
  | 'pev'
  | 'evt'
  | 'ep'
  | 'dlv'
  | 'att'
  | 'ses'
  | 'sia'
  | 'cod'
  | 'aud'
  | 'ful'
  | 'rec'
  | 'dl'
  | 'lka';

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
  const bytes = withTime(digest.slice(0, 16), createdAtMs);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return TypeID.fromUUIDBytes(kind, bytes).toString();
}

/** The least id of a time, milliseconds since 1970: ids that were made before it are less, all others are not. */
export function firstIdAt(kind: IdKind, ms: number): string {
  return TypeID.fromUUIDBytes(kind, withTime(new Uint8Array(16), Math.max(0, ms))).toString();
}

/** When an id was made, or what it stands for: milliseconds since 1970. @throws when it is not an id (see `isId`) */
export function timeOfId(id: string): number {
  return bytesOf(id)
    .slice(0, 6)
    .reduce((ms, byte) => ms * 256 + byte, 0);
}

/** Polar's id of a thing as one of ours, which says nothing else: `uuidOfId` reads it back. */
export function idOfUuid(kind: IdKind, uuid: string): string {
  const hex = uuid.replaceAll('-', '').match(/../g) ?? [];
  return TypeID.fromUUIDBytes(
    kind,
    Uint8Array.from(hex, (byte) => Number.parseInt(byte, 16)),
  ).toString();
}

/** The UUID that an id encodes. @throws when it is not an id (see `isId`) */
export function uuidOfId(id: string): string {
  const hex = [...bytesOf(id)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function bytesOf(id: string): Uint8Array {
  return TypeID.fromString(id).toUUIDBytes();
}

/** UUIDv7 begins with its time, 48 bits (RFC 9562, section 5.7). */
function withTime(bytes: Uint8Array, ms: number): Uint8Array {
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(ms / 2 ** (8 * (5 - i))) % 256;
  return bytes;
}

/** Whether `value` is a well-formed id of this kind, to refuse others without a query. */
export function isId(kind: IdKind, value: string): boolean {
  return new RegExp(`^${kind}_[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$`).test(value);
}
