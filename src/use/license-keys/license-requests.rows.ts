import type { Mode } from '../../base/mode.rules.ts';
import { command, query } from '../../base/db/sql.rows.ts';

/*
 * What Polar was asked to do, and may have done although no answer came. Of a key one usage at a time is open, so that its usage at
 * Polar says what became of it (ADR 95).
 */

/** So long a request is known: as long as an answer to an `Idempotency-Key`, and somewhat more. */
const KEPT_MS = 25 * 60 * 60_000;
/** Longer than all that a request waits for. */
const LEASE_MS = 45_000;

export interface RequestId {
  appId: string;
  request: string;
}

export interface RequestRow {
  appId: string;
  request: string;
  amount: number;
  usageBefore: number | null;
  askedAt: number | null;
  outcome: 'done' | 'not_done' | null;
  leaseToken: string;
  leaseUntil: number;
}

const COLUMNS = `app_id as appId, request, amount, usage_before as usageBefore, asked_at as askedAt, outcome,
  lease_token as leaseToken, lease_until as leaseUntil`;
type Id = { appId: string; request: string };
const IS_REQUEST = 'app_id = :appId and request = :request';
const IS_OPEN = `mode = :mode and license_key_id = :licenseKeyId and kind = 'usage' and outcome is null`;

// Nobody asked Polar for these.
const dropUnasked = command<{ mode: Mode; licenseKeyId: string; now: number }>(
  `delete from license_requests where ${IS_OPEN} and asked_at is null and lease_until <= :now`,
);
type Leased = Id & { token: string; now: number; until: number };
const reopen = command<Omit<Leased, 'now'>>(`
  update or ignore license_requests set outcome = null, asked_at = null, usage_before = null, lease_token = :token,
    lease_until = :until
  where ${IS_REQUEST} and outcome = 'not_done'`);
const takeOver = command<Leased>(`
  update license_requests set lease_token = :token, lease_until = :until
  where ${IS_REQUEST} and outcome is null and lease_until <= :now`);
const insert = command<
  Omit<Leased, 'now'> & { mode: Mode; licenseKeyId: string; kind: string; amount: number; expiresAt: number }
>(`
  insert into license_requests (app_id, request, mode, license_key_id, kind, amount, lease_token, lease_until, expires_at)
  values (:appId, :request, :mode, :licenseKeyId, :kind, :amount, :token, :until, :expiresAt)
  on conflict do nothing`);
const find = query<Id, RequestRow>(`select ${COLUMNS} from license_requests where ${IS_REQUEST}`);
const findOpen = query<{ mode: Mode; licenseKeyId: string }, RequestRow>(
  `select ${COLUMNS} from license_requests where ${IS_OPEN}`,
);

/** Statements for one batch: takes the key's usage for this request if it is free, and reads who has it. `now`: milliseconds. */
export function holdUsage(
  { appId, request }: RequestId,
  { mode, licenseKeyId, amount }: { mode: Mode; licenseKeyId: string; amount: number },
  token: string,
  now: number,
) {
  const lease = { appId, request, token, until: now + LEASE_MS };
  return {
    writes: [
      dropUnasked({ mode, licenseKeyId, now }),
      reopen(lease),
      takeOver({ ...lease, now }),
      insert({ ...lease, mode, licenseKeyId, kind: 'usage', amount, expiresAt: now + KEPT_MS }),
    ],
    mine: find({ appId, request }),
    open: findOpen({ mode, licenseKeyId }),
  };
}

/** Takes over what somebody has left open; 1 when it was still to be had. */
export function takeOverRequest({ appId, request }: RequestId, token: string, now: number) {
  return takeOver({ appId, request, token, now, until: now + LEASE_MS });
}

const HELD = `${IS_REQUEST} and outcome is null and lease_token = :token`;

const noteAsked = command<Id & { token: string; usageBefore: number; now: number }>(
  `update license_requests set asked_at = :now, usage_before = :usageBefore where ${HELD}`,
);

/** Before Polar is asked: 1, or 0 when the lease was lost. */
export function noteAskedUsage(
  { appId, request }: RequestId,
  token: string,
  usageBefore: number,
  now: number,
) {
  return noteAsked({ appId, request, token, usageBefore, now });
}

const settle = command<Id & { token: string; outcome: string }>(
  `update license_requests set outcome = :outcome, lease_until = 0 where ${HELD}`,
);

export function settleRequest({ appId, request }: RequestId, token: string, outcome: 'done' | 'not_done') {
  return settle({ appId, request, token, outcome });
}

const release = command<Id & { token: string }>(`update license_requests set lease_until = 0 where ${HELD}`);

/** Leaves it open to whoever comes next. */
export function releaseRequest({ appId, request }: RequestId, token: string) {
  return release({ appId, request, token });
}

const drop = command<Id>(`delete from license_requests where ${IS_REQUEST}`);

/** When the answer is known, in the batch that keeps it. */
export function dropRequest({ appId, request }: RequestId) {
  return drop({ appId, request });
}

const noteActivation = command<Id & { mode: Mode; licenseKeyId: string; now: number; expiresAt: number }>(`
  insert into license_requests (app_id, request, mode, license_key_id, kind, amount, asked_at, lease_token, lease_until, expires_at)
  values (:appId, :request, :mode, :licenseKeyId, 'activation', 1, :now, '', 0, :expiresAt)
  on conflict (app_id, request) do update set asked_at = excluded.asked_at`);

/** Before Polar is asked for an activation. */
export function noteAskedActivation(
  { appId, request }: RequestId,
  { mode, licenseKeyId }: { mode: Mode; licenseKeyId: string },
  now: number,
) {
  return noteActivation({ appId, request, mode, licenseKeyId, now, expiresAt: now + KEPT_MS });
}

export function findRequest({ appId, request }: RequestId) {
  return find({ appId, request });
}
