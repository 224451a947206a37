import type { NewEvent } from '../../tell/events/events.rules.ts';
import { type GrantEnd, type OwnGrantRow, presentOwnGrant } from './own-grant.rules.ts';

/** `grant.created` of a grant of the app's own. The key is its id: told once, however often it is tried. */
export function eventOfGiving(row: OwnGrantRow, appSlug: string): NewEvent {
  return eventOf(row, appSlug, 'grant.created', row.createdAt);
}

/** `grant.revoked` of its end, whichever comes first: one grant ends once. `endedAt`: milliseconds since 1970. */
export function eventOfEnd(row: OwnGrantRow, appSlug: string, why: GrantEnd, endedAt: number): NewEvent {
  return { ...eventOf(row, appSlug, 'grant.revoked', endedAt), why };
}

function eventOf(row: OwnGrantRow, appSlug: string, type: string, occurredAt: number): NewEvent {
  return {
    key: `${type}:${row.id}`,
    type,
    appId: row.appId,
    appSlug,
    mode: row.mode,
    paymentId: null,
    customerId: row.customerId,
    occurredAt,
    polar: null,
    grant: { ...presentOwnGrant(row, occurredAt) },
  };
}
