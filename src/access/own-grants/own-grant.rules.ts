import type { OwnGrantView } from './own-grants.answers.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { subjectName, type Subject } from '../../base/subject.rules.ts';

/** A grant of an app's own, as it is stored. Times are milliseconds since 1970. */
export interface OwnGrantRow {
  id: string;
  mode: Mode;
  appId: string;
  customerId: string | null;
  externalId: string | null;
  /** JSON. */
  resources: string;
  reason: string;
  createdAt: number;
  expiresAt: number | null;
  revokedAt: number | null;
  revokedBecause: 'customer_deleted' | null;
  /** When its end is to be told; null: it has none, or that was told. */
  tellEndAt: number | null;
}

/** Who can be given something: a customer whom the app knows, or a user of its own. */
export type Holder = Extract<Subject, { kind: 'customer' | 'external' }>;

/** Why a grant ended. */
export type GrantEnd = 'expired' | 'revoked' | 'customer_deleted';

export function holderOf({ customerId, externalId }: Pick<OwnGrantRow, 'customerId' | 'externalId'>): Holder {
  return customerId === null
    ? { kind: 'external', externalId: externalId ?? '' }
    : { kind: 'customer', customerId };
}

/** Whose cached tokens change with a holder's grants: a message for the queue, which finds who else it is. */
export function concernedBy(appId: string, holder: Holder) {
  return holder.kind === 'customer'
    ? { appId, customerIds: [holder.customerId], paymentIds: [] }
    : { appId, customerIds: [], paymentIds: [], externalIds: [holder.externalId] };
}

/** What became of a grant by `now`: it expired, unless it was taken back before that. */
export function stateOf(
  { expiresAt, revokedAt }: Pick<OwnGrantRow, 'expiresAt' | 'revokedAt'>,
  now: number,
): OwnGrantView['state'] {
  if (revokedAt !== null && revokedAt <= now) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'granted';
}

/** A grant as the API shows it. */
export function presentOwnGrant(row: OwnGrantRow, now: number): OwnGrantView {
  return {
    id: row.id,
    source: 'app',
    customer: subjectName(holderOf(row)),
    resources: JSON.parse(row.resources) as string[],
    state: stateOf(row, now),
    reason: row.reason,
    created_at: new Date(row.createdAt).toISOString(),
    expires_at: toIso(row.expiresAt),
    revoked_at: toIso(row.revokedAt),
  };
}

function toIso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
