/** May this request go on? */
export interface Decision {
  allow: boolean;
  reason: GateReason;
  /** What a site may answer with: 200; 303 or 308 to `redirect`; 401, 402, 403; 503 with `Retry-After`. */
  status: 200 | 303 | 308 | 401 | 402 | 403 | 503;
  /** Seconds after which asking again makes sense. */
  retryAfter?: number;
}

export type GateReason =
  | 'granted'
  /** The page is public: the resource is null. */
  | 'public'
  /** A buyer is back: go on to `redirect`, with the cookies. */
  | 'returning'
  /** The address can be written in another way: go on to `redirect`, which is the one way here. */
  | 'respelled'
  /** There is no session: offer to buy, or to sign in. */
  | 'no_session'
  /**
   * The visitor may have just paid, and this browser has no session for it: it can hold no more, or the code that they came back
   * with is refused here. Ask them to sign in by mail, and offer nothing.
   */
  | 'not_kept'
  | 'not_granted'
  | 'revoked'
  | 'expired'
  | 'unknown_customer'
  | 'unknown_resource'
  /** The payment is not settled yet: ask them to wait, and offer nothing. */
  | 'pending_payment'
  | 'unavailable';

export const RETRY_SECONDS = 2;

type Denial = Exclude<GateReason, 'granted' | 'public' | 'returning' | 'respelled'>;

const STATUS: Record<Denial, Decision['status']> = {
  no_session: 401,
  not_kept: 401,
  not_granted: 402,
  revoked: 402,
  expired: 402,
  unknown_customer: 402,
  unknown_resource: 403,
  // It is no success status, so that a script that checks `response.ok` does not take the waiting page for the article.
  pending_payment: 503,
  unavailable: 503,
};

/** A reason that this kit does not know, of a newer gateway, counts as a plain no. */
export function readReason(reason: string): Denial {
  return Object.hasOwn(STATUS, reason) ? (reason as Denial) : 'not_granted';
}

export function deny(reason: Denial, retryAfter?: number): Decision {
  const status = STATUS[reason];
  return {
    allow: false,
    reason,
    status,
    ...(status === 503 ? { retryAfter: retryAfter ?? RETRY_SECONDS } : {}),
  };
}
