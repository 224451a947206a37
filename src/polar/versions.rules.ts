import { plainNumber } from '../base/json.rules.ts';

/**
 * How new a snapshot of one of Polar's objects is. Polar's `modified_at` alone does not order them: it is null until a
 * first change, one transaction's Polar events share it, and some are serialised before it is set. So the time the snapshot
 * was seen decides second, and its content last.
 */
export interface Version {
  /** `modified_at ?? created_at`, microseconds. */
  version: number;
  /** The Polar event's timestamp, or the start of the API request. Microseconds. */
  seenVersion: number;
  /** 53 bits of the content. */
  digest: number;
}

/** ISO 8601 with up to six decimals → integer microseconds since 1970. @throws {RangeError} for anything else. */
export function toMicroseconds(iso: string): number {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})$/.exec(iso);
  const ms = match ? Date.parse(`${match[1]}${match[3]}`) : Number.NaN;
  if (Number.isNaN(ms)) throw new RangeError(`Not a time: ${iso}`);
  return ms * 1000 + Number((match?.[2] ?? '').padEnd(6, '0').slice(0, 6));
}

/** ISO 8601 → milliseconds since 1970; null stays null. */
export function toMilliseconds(iso: string): number;
export function toMilliseconds(iso: string | null | undefined): number | null;
export function toMilliseconds(iso: string | null | undefined): number | null {
  return iso === null || iso === undefined ? null : Math.floor(toMicroseconds(iso) / 1000);
}

/**
 * Whether `a` is the newer snapshot. Of two different snapshots one is always newer, in whatever order they come (ADR
 * 7).
 */
export function isNewer(a: Version, b: Version): boolean {
  if (a.version !== b.version) return a.version > b.version;
  if (a.seenVersion !== b.seenVersion) return a.seenVersion > b.seenVersion;
  return a.digest > b.digest;
}

/** 53 bits that differ when the content does, whatever the order of its keys. Not for secrets. */
export function digestContent(value: unknown): number {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    // Different spellings of one number are equal.
    if (typeof part !== 'object' || part === null || JSON.isRawJSON(part)) return plainNumber(part);
    if (Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
  // Two 32-bit FNV-1a passes with different starts, joined to what a double holds exactly.
  const low = fnv1a(text, 0x811c9dc5);
  const high = fnv1a(text, 0x9747b28c) & 0x1fffff;
  return high * 2 ** 32 + low;
}

function fnv1a(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
