import type { EndpointFormat } from '../../base/event-matches.rules.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { EventRow } from './deliveries.rows.ts';
import { type Claim, USES_SLOW_LANE } from './delivery-turns.rows.ts';

/** A delivery that this invocation has leased, with everything that sending it takes. */
export interface ClaimedDelivery {
  id: string;
  endpointId: string;
  appId: string;
  /** Attempts made before this one in this run through the schedule. */
  scheduleStep: number;
  /** When the first of them was made, milliseconds since 1970; null before it. */
  runStartedAt: number | null;
  /** How often it was brought forward in this run. */
  revivals: number;
  isReplay: boolean;
  eventId: string;
  mode: Mode;
  /**
   * As stored; `readBody` reads it later, so that one that cannot be read does not keep the others from being claimed.
   */
  event: Pick<EventRow, 'body' | 'passedOn'>;
  url: string;
  /** The whole URL, encrypted, where `url` is only a part of it. */
  sealedUrl: string | null;
  format: EndpointFormat;
  sealedSecret: string;
  /** JSON, as stored. */
  previousSecrets: string;
  /** Failures of the endpoint in a row, before this attempt. */
  failures: number;
  /** The endpoint used the second lane, before this attempt. */
  isSlow: boolean;
  /** The endpoint had a learned pace, before this attempt. */
  isPaced: boolean;
  ordering: 'none' | 'payment';
}

/** A claim's parameters, and others. */
export type ClaimOf<Names extends string> = Pick<Claim, keyof Claim> &
  Readonly<Record<Names, string | number | null>>;

/** Everything that sending takes. A body is by far the largest part, so each event's is given once. */
export const SELECT_CLAIMED = `
  select d.id, d.endpoint_id as endpointId, d.app_id as appId, d.schedule_step as scheduleStep,
    d.run_started_at as runStartedAt, d.revivals, d.replays, d.event_id as eventId, f.mode,
    case when d.lease_token is :leaseToken and row_number() over (partition by d.event_id, d.lease_token is :leaseToken order by d.id) = 1
      then f.body end as body,
    f.passed_on as passedOn, e.url, e.sealed_url as sealedUrl, e.format, e.sealed_secret as sealedSecret, e.previous_secrets as previousSecrets, e.failures,
    ${USES_SLOW_LANE} as isSlow, e.pace is not null as isPaced, e.ordering, d.lease_token is :leaseToken as isOurs
  from deliveries as d join events as f on f.id = d.event_id join endpoints as e on e.id = d.endpoint_id`;

/** As SQLite gives it. */
export interface ClaimedRow extends Omit<ClaimedDelivery, 'isReplay' | 'event' | 'isSlow' | 'isPaced'> {
  replays: number;
  /** Null but in one of the deliveries of an event. */
  body: string | null;
  passedOn: number;
  isSlow: number;
  isPaced: number;
  isOurs: number;
}

export function readClaimed(rows: readonly ClaimedRow[]): ClaimedDelivery[] {
  const bodies = new Map(rows.flatMap(({ eventId, body }) => (body === null ? [] : [[eventId, body]])));
  return rows.flatMap(({ replays, isSlow, isPaced, isOurs: _ours, body: _body, passedOn, ...same }) => {
    const body = bodies.get(same.eventId);
    if (body === undefined) return [];
    const event = { body, passedOn };
    return [{ ...same, event, isReplay: replays > 0, isSlow: isSlow === 1, isPaced: isPaced === 1 }];
  });
}
