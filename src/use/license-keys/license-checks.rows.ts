import type { Mode } from '../../base/mode.rules.ts';
import { parseJson } from '../../base/json.rules.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { command, query, runOne } from '../../base/db/sql.rows.ts';
import { IS_SUSPENDED } from './disputed-keys.rows.ts';
import { FULL, type GuessClaim } from './guesses.rows.ts';

/* What is remembered of keys that were good, in D1: one place, so that what has ended is forgotten everywhere at once (ADR 95). */

/** The key of an app, without the key. */
export interface Slot {
  appId: string;
  /** As `keyHashOf` makes it. */
  keyHash: string;
}

/** The key is known by this for so long after it was last good. */
const KEPT_MS = 24 * 60 * 60_000;

/** Of a key that was good, and of one that somebody is asking Polar about. */
export interface CheckRow {
  licenseKeyId: string | null;
  answer: string | null;
  checkedAt: number | null;
  leaseUntil: number;
  /** Whether we have heard that its grant has ended, or does not count for now. 0 or 1. */
  isRevoked: 0 | 1;
}

const IS_SLOT = 'app_id = :appId and key_hash = :keyHash';

const find = query<{ appId: string; keyHash: string }, CheckRow>(`
  select license_key_id as licenseKeyId, answer, checked_at as checkedAt, lease_until as leaseUntil,
    exists (select 1 from grants as g where g.app_id = license_checks.app_id
      and g.license_key_id = license_checks.license_key_id and (g.is_granted = 0 or ${IS_SUSPENDED})) as isRevoked
  from license_checks where ${IS_SLOT}`);

export function findCheck({ appId, keyHash }: Slot) {
  return find({ appId, keyHash });
}

export async function readCheck(database: Database, slot: Slot): Promise<CheckRow | undefined> {
  const [row] = await runOne(database, findCheck(slot));
  return row;
}

/** A yes as it was remembered; undefined for what is none, or not as this release writes it. */
export function readAnswer<T>(row: Pick<CheckRow, 'answer'>, parse: (value: unknown) => T | undefined) {
  return row.answer === null ? undefined : parse(parseJson(row.answer));
}

const lease = query<
  {
    appId: string;
    keyHash: string;
    mode: Mode;
    token: string;
    now: number;
    until: number;
    stale: number;
    parts: string;
  },
  { leaseToken: string }
>(`
  insert into license_checks (app_id, key_hash, mode, lease_token, lease_until, expires_at)
  select :appId, :keyHash, :mode, :token, :until, :until where not exists (${FULL})
  on conflict (app_id, key_hash) do update set lease_token = excluded.lease_token, lease_until = excluded.lease_until
  where lease_until <= :now and (answer is null or checked_at < :stale)
  returning lease_token as leaseToken`);

/**
 * Lets one ask Polar while others wait: gives a row to who may. In a batch before the guess is counted. `stale`: what was checked
 * before is too old. Milliseconds.
 */
export function leaseCheck(
  { appId, keyHash }: Slot,
  mode: Mode,
  { parts, token }: GuessClaim,
  times: { now: number; until: number; stale: number },
) {
  return lease({ appId, keyHash, mode, parts: JSON.stringify(parts), token, ...times });
}

const keep = command<{
  appId: string;
  keyHash: string;
  mode: Mode;
  licenseKeyId: string;
  answer: string;
  checkedAt: number;
  expiresAt: number;
}>(`
  insert into license_checks (app_id, key_hash, mode, license_key_id, answer, checked_at, lease_token, lease_until, expires_at)
  values (:appId, :keyHash, :mode, :licenseKeyId, :answer, :checkedAt, '', 0, :expiresAt)
  on conflict (app_id, key_hash) do update set license_key_id = excluded.license_key_id, answer = excluded.answer,
    checked_at = excluded.checked_at, lease_until = 0, expires_at = excluded.expires_at
  where checked_at is null or checked_at <= excluded.checked_at`);

/** Remembers a yes, unless a newer one is there. `checkedAt`: before Polar was asked, milliseconds. */
export function keepCheck(
  slot: Slot,
  mode: Mode,
  yes: { licenseKeyId: string; answer: object; checkedAt: number },
) {
  const { licenseKeyId, answer, checkedAt } = yes;
  return keep({
    ...pick(slot),
    mode,
    licenseKeyId,
    answer: JSON.stringify(answer),
    checkedAt,
    expiresAt: checkedAt + KEPT_MS,
  });
}

const forget = command<{ appId: string; keyHash: string }>(`delete from license_checks where ${IS_SLOT}`);

export function forgetCheck(slot: Slot) {
  return forget(pick(slot));
}

const forgetOfKey = command<{ mode: Mode; licenseKeyId: string }>(
  'delete from license_checks where mode = :mode and license_key_id = :licenseKeyId',
);

/** Forgets what is remembered of a key, by its id at Polar. */
export function forgetChecksOf(mode: Mode, licenseKeyId: string) {
  return forgetOfKey({ mode, licenseKeyId });
}

const fence = command<{
  appId: string;
  keyHash: string;
  mode: Mode;
  licenseKeyId: string;
  now: number;
  expiresAt: number;
}>(`
  insert into license_checks (app_id, key_hash, mode, license_key_id, checked_at, lease_token, lease_until, expires_at)
  values (:appId, :keyHash, :mode, :licenseKeyId, :now, '', 0, :expiresAt)
  on conflict (app_id, key_hash) do update set license_key_id = excluded.license_key_id, answer = null,
    checked_at = excluded.checked_at, lease_token = '', lease_until = 0, expires_at = excluded.expires_at`);

/**
 * Forgets what is remembered of a key that was changed just now (`now`, milliseconds), and lets nothing be remembered that Polar was asked
 * before: somebody may be asking while it changes.
 */
export function forgetOlder(slot: Slot, mode: Mode, licenseKeyId: string, now: number) {
  return fence({ ...pick(slot), mode, licenseKeyId, now, expiresAt: now + KEPT_MS });
}

const release = command<{ appId: string; keyHash: string; token: string }>(
  `update license_checks set lease_until = 0 where ${IS_SLOT} and lease_token = :token`,
);

/** Lets the next one ask, when Polar did not answer. */
export function releaseCheck(slot: Slot, token: string) {
  return release({ ...pick(slot), token });
}

function pick({ appId, keyHash }: Slot) {
  return { appId, keyHash };
}
