/*
 * What other Workers of the account may ask the gateway through a service binding, in types alone. See docs/rpc.md.
 */

import type { FeatureValues } from './claims.ts';

/** The binding's `props`. */
export interface FloeAccessProps {
  /** The app's slug, `quay-live`, which names the mode too. */
  app: string;
}

/** Whom it is about: exactly one of `customer` and `session`. */
export interface RpcWho {
  /** A Polar id, or `external:<the app's own id>`. */
  customer?: string;
  /** One member of that customer, by its Polar id. */
  member?: string;
  /** A session token of the app: it speaks for whoever it was made for. */
  session?: string;
}

export interface RpcCheck extends RpcWho {
  /** One, */
  resource?: string;
  /** or up to 100. */
  resources?: string[];
  /** How old a cached yes may be, seconds. Default 300; 0: ask the database. */
  maxAge?: number;
}

/** Why nothing can be said. Never thrown: a binding's caller gets a value, whatever happens. */
export type RpcTrouble =
  /** The check cannot be made now. Try again. */
  | 'unavailable'
  /** The session is unknown, over, or another app's. */
  | 'no_session'
  /** The question is wrong: `message` says where. */
  | 'invalid'
  /** The binding is wrong: `message` says how. */
  | 'misconfigured';

export type RpcReason =
  | 'granted'
  | 'not_granted'
  | 'revoked'
  | 'expired'
  | 'unknown_customer'
  | 'unknown_resource'
  | 'pending_payment'
  | RpcTrouble;

export interface RpcResourceAnswer {
  resource: string;
  allow: boolean;
  reason: RpcReason;
  /** When a yes is known to end: ISO 8601. */
  expiresAt: string | null;
  /** Of a yes to a feature, what it is worth. */
  values?: FeatureValues;
}

export interface RpcCheckAnswer {
  /** Whether everything asked for is allowed. */
  allow: boolean;
  /** `granted`, or why the first that is not allowed is not. */
  reason: RpcReason;
  /** One for each resource, in order; none when the question could not be put. */
  results: RpcResourceAnswer[];
  /** The customer's name; null for a session of one purchase, and when nobody is known. */
  customer: string | null;
  /** The signed list of all that they have, when something is allowed. */
  token: string | null;
  /** When asking again makes sense, seconds. */
  retryAfter?: number;
  message?: string;
}

export interface RpcRefusal {
  ok: false;
  reason: RpcTrouble;
  retryAfter?: number;
  message?: string;
}

export type RpcSessionAnswer =
  | {
      ok: true;
      /** Stable for whoever it is, in this app; `purchase:<id>` while nobody is proven. */
      subject: string;
      customer: string | null;
      expiresAt: string;
    }
  | RpcRefusal;

export type RpcEntitlementsAnswer =
  | {
      ok: true;
      customer: string | null;
      entitlements: { name: string; expiresAt: string | null; values?: FeatureValues }[];
      token: string | null;
    }
  | RpcRefusal;

/** The entrypoint `FloeAccess`, as its callers see it. */
export interface FloeAccessService {
  check(question: RpcCheck): Promise<RpcCheckAnswer>;
  session(token: string): Promise<RpcSessionAnswer>;
  entitlements(who: RpcWho): Promise<RpcEntitlementsAnswer>;
}
