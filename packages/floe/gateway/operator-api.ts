// Made by cli/kit-api.ts from the OpenAPI document. Do not edit: `npm run build:kit-api`.

export interface AdoptPurchaseRequest {
  /** The app’s slug. */
  app: string;
}

export interface AdoptedPurchase {
  /** Of which kind it is. */
  kind: 'order' | 'subscription';
  /** Its id. */
  id: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** The app’s slug. */
  app: string;
  /** The payment. */
  payment_id: string | null;
  /** How many objects were read and applied. */
  applied: number;
  /** How many are still to be read. */
  remaining: number;
}

export interface App {
  /** Its id. */
  id: string;
  /** The app’s slug: `quay-live`. */
  slug: string;
  /** The product. */
  product: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** A name, for people. */
  name: string;
  /** Origins of pages that may call with a publishable key. */
  origins: Array<string>;
  /** Where buyers may come back to: these addresses, and those beneath them. */
  callback_urls: Array<string>;
  /** Whether it owns every product that no app claims. */
  owns_unclaimed: boolean;
  /** Whether buyers may type codes at Polar although one of another app’s may apply. */
  allows_foreign_codes: boolean;
  /** For so many days a subscription that is past due goes on to open what it opened. */
  past_due_grace_days: number;
  /** So many days before a scheduled end `subscription.ending` is told; 0: never. */
  ending_notice_days: number;
  /** What an open dispute does to what was bought: `keep` or `suspend`. */
  dispute_access: 'keep' | 'suspend';
  /** When it was made. */
  created_at: string;
  /** When it was changed last. */
  updated_at: string;
}

export interface AppList {
  /** The entries of this page. */
  data: Array<App>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface AssignProductRequest {
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** The app’s slug. */
  app: string | null;
}

export interface AuditEntry {
  /** Its id. */
  id: string;
  /** Who did it: `operator`, `app`, `gateway`, `schedule`. */
  actor: string;
  /** The id of the key that the app called with. */
  key: string | null;
  /** What was done. */
  action: string;
  /** The app’s slug; null when it is about none. */
  app: string | null;
  /** The id, or an app’s slug, of what it was done to; null: many. */
  target: string | null;
  /** The settings that were changed, as they were; null of what is new. */
  before: Record<string, unknown> | null;
  /** The settings that were changed, as they are then; null when it is no change. */
  after: Record<string, unknown> | null;
  /** What was asked for; null when the rest says it. */
  detail: Record<string, unknown> | null;
  /** Names this request in the gateway’s logs. */
  request_id: string | null;
  /** When it was made. */
  created_at: string;
}

export interface AuditEntryList {
  /** The entries of this page. */
  data: Array<AuditEntry>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface BulkReapply {
  /** How many match. */
  matched: number;
  /** How many are about to be applied. */
  reapplied: number;
  /** How many are left for another call. */
  remaining: number;
  /** Whether this only counts. */
  dry_run: boolean;
  /** What an hour allows. */
  limit: {
    /** How many an hour allows. */
    per_hour: number;
    /** How many are left of them. */
    left: number;
  };
  /** Send it as `cursor` to go on; null at the end. */
  next_cursor: string | null;
}

export interface CreateAppRequest {
  /** The product. */
  product: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** A name, for people. */
  name?: string;
  /** Origins of pages that may call with a publishable key. `[]` unless given. */
  origins?: Array<string>;
  /** Where buyers may come back to: these addresses, and those beneath them. */
  callback_urls: Array<string>;
  /** Whether it owns every product that no app claims. `false` unless given. */
  owns_unclaimed?: boolean;
  /** For so many days a subscription that is past due goes on to open what it opened. */
  past_due_grace_days?: number;
  /** So many days before a scheduled end `subscription.ending` is told; 0: never. */
  ending_notice_days?: number;
  /** Whether buyers may type codes at Polar although one of another app’s may apply. `false` unless given. */
  allows_foreign_codes?: boolean;
  /** What an open dispute does to what was bought: `keep` or `suspend`. */
  dispute_access?: 'keep' | 'suspend';
  /** The address of a first webhook endpoint. */
  webhook_url?: string;
}

export interface CreateKeyRequest {
  /** Of which kind it is. */
  kind: 'secret' | 'publishable';
  /** A name, for people. `key` unless given. */
  name?: string;
  /** What a secret key is limited to. Without them it may do everything of its app. */
  scopes?: Array<'access:read' | 'products:read' | 'payments:read' | 'payments:write' | 'refunds:read' | 'refunds:write' | 'discounts:read' | 'discounts:write' | 'disputes:read' | 'disputes:write' | 'subscriptions:read' | 'subscriptions:write' | 'grants:read' | 'grants:write' | 'customers:read' | 'customers:write' | 'downloads:read' | 'gifts:read' | 'gifts:write' | 'license_keys:read' | 'license_keys:write' | 'events:read' | 'webhooks:read' | 'webhooks:write' | 'sessions:read' | 'sessions:write'>;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  expires_at?: string;
}

export interface Diagnosis {
  /** `ok` when nothing was found, and everything could be looked at. */
  status: 'ok' | 'problems';
  /** The version of Floe. */
  version: string;
  /** When it was looked at. */
  checked_at: string;
  /** What was found, errors first. */
  data: Array<Finding>;
  /** What was not looked for here, and why. */
  not_applicable: Array<{
    /** The code. */
    code: string;
    /** `live` or `sandbox`. */
    mode: 'live' | 'sandbox' | null;
    /** Why. */
    why: string;
  }>;
  /** The codes of everything that is looked for. */
  checked: Array<string>;
}

export interface DueDeliveries {
  /** How many deliveries are due. */
  due: number;
}

export interface EndKeyRequest {
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  expires_at: string;
}

export interface Finding {
  /** Says what is wrong. It does not change, and new ones may be added. */
  code: string;
  /** `error`: something does not work; `warning`: it works, and will surprise somebody; `unknown`: it could not be found out. */
  severity: 'error' | 'warning' | 'unknown';
  /** What the code means. */
  title: string;
  /** What is wrong, with the object that is concerned. */
  detail: string;
  /** The command, or the one thing to do, that mends it. */
  mend: string;
  /** Whether `POST /admin/doctor/fix` mends it, without a decision of a person. */
  fixable: boolean;
  /** Where the documentation has it. */
  docs: string;
  /** Null when it is about the whole gateway. */
  mode: 'live' | 'sandbox' | null;
  /** The slug of the app that it is about; null when it is about none. */
  app: string | null;
  /** The object that it is about: an id, an address or a setting’s name. */
  target: string | null;
}

export interface GatewaySecret {
  /** The setting that has it. */
  setting: string;
  /** What it is for. */
  purpose: 'admin' | 'encryption' | 'webhook' | 'signing';
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox' | null;
  /** A key’s id; of a secret without one a fingerprint. */
  name: string;
  /** When the gateway first ran with it. */
  since: string;
  /** When the gateway begins to use it; null: as soon as it had it. */
  used_from: string | null;
  /** Where it stands in its life. */
  state: 'coming' | 'current' | 'kept' | 'removable' | 'accepted';
  /** From when on nothing needs it, by time; null: it is needed, or nothing is known about it. */
  removable_at: string | null;
}

export interface GatewaySecrets {
  /** How long after a change of settings an invocation may still run with those of before. */
  settle_seconds: number;
  /** How long before its `sign_from` a signing key is to be published. */
  publish_seconds: number;
  /** What can be rotated. */
  secrets: Array<GatewaySecret>;
  /** Signing keys that are in no setting any more and stay published for offline licences, and those that were withdrawn. */
  published_keys: Array<PublishedKey>;
  /** How far what older encryption keys have encrypted has been encrypted with the current one; null without an older key. */
  reseal: Resealing | null;
}

export interface Health {
  /** How it stands. */
  status: 'ready' | 'degraded';
  /** The parts of the gateway. */
  parts: {
    /** The database. */
    d1: 'ready' | 'unavailable' | 'not_configured';
    /** The cache. */
    kv: 'ready' | 'unavailable' | 'not_configured';
    /** The queue. */
    queue: 'ready' | 'unavailable' | 'not_configured';
    /** The cron trigger. */
    schedule: 'ready' | 'unavailable' | 'not_configured';
    /** Mail, for codes. */
    mail: 'ready' | 'unavailable' | 'not_configured';
    /** Public keys of the gateway, one of which has signed. */
    keys: 'ready' | 'unavailable' | 'not_configured';
    /** What Polar has said; null when it has said nothing. */
    polar: {
      /** In the mode `live`. */
      live: 'ready' | 'unavailable' | 'not_configured';
      /** In the mode `sandbox`. */
      sandbox: 'ready' | 'unavailable' | 'not_configured';
    };
  };
  /** What the gateway does at Polar, with the scopes that it needs. */
  capabilities: Record<string, {
    /** Scopes of Polar’s access token. */
    scopes: Array<string>;
    /** How many were not stored at all. */
    missing: {
      /** In the mode `live`. */
      live: Array<string>;
      /** In the mode `sandbox`. */
      sandbox: Array<string>;
    };
  }>;
  /** Settings of each mode’s organization at Polar. */
  organizations: {
    /** In the mode `live`. */
    live: {
      /** Whether a customer may have several active subscriptions; null: not known yet. */
      allow_multiple_subscriptions: boolean | null;
    };
    /** In the mode `sandbox`. */
    sandbox: {
      /** Whether a customer may have several active subscriptions; null: not known yet. */
      allow_multiple_subscriptions: boolean | null;
    };
  };
  /** Why parts are not available. */
  problems?: Array<{
    /** The part of the gateway. */
    part: string;
    /** Why. */
    why: string;
  }>;
  /** What works and will surprise somebody. */
  warnings?: Array<{
    /** The part of the gateway. */
    part: string;
    /** Why. */
    why: string;
  }>;
}

export interface Key {
  /** Its id. */
  id: string;
  /** Of which kind it is. */
  kind: 'secret' | 'publishable';
  /** A name, for people. */
  name: string;
  /** The end of the key, to tell keys apart. */
  hint: string;
  /** What the key is limited to; null: everything of its app. */
  scopes: Array<string> | null;
  /** When it was made. */
  created_at: string;
  /** From then on the key is refused; null: it has no end. */
  expires_at: string | null;
  /** When it was used last. */
  last_used_at: string | null;
  /** When it was revoked. */
  revoked_at: string | null;
}

export interface KeyList {
  /** The entries of this page. */
  data: Array<Key>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface MendGatewayRequest {
  /** Mends these alone; all that can be mended unless given. */
  codes?: Array<'polar_endpoint_missing' | 'polar_endpoint_disabled' | 'polar_endpoint_events_missing' | 'polar_endpoint_format' | 'reconcile_late' | 'polar_events_failed' | 'rereads_late' | 'deliveries_late'>;
  /** `live` or `sandbox`. */
  mode?: 'live' | 'sandbox';
}

export interface Mended {
  /** What was found, and how it was mended. */
  data: Array<{
    /** The code. */
    code: string;
    /** `live` or `sandbox`. */
    mode: 'live' | 'sandbox' | null;
    /** How it went; `unknown`: it could not be looked at. */
    outcome: 'mended' | 'failed' | 'unknown';
    /** What was wrong this time and what to do. */
    detail: string;
  }>;
}

export interface NewApp {
  /** Its id. */
  id: string;
  /** The app’s slug: `quay-live`. */
  slug: string;
  /** The product. */
  product: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** A name, for people. */
  name: string;
  /** Origins of pages that may call with a publishable key. */
  origins: Array<string>;
  /** Where buyers may come back to: these addresses, and those beneath them. */
  callback_urls: Array<string>;
  /** Whether it owns every product that no app claims. */
  owns_unclaimed: boolean;
  /** Whether buyers may type codes at Polar although one of another app’s may apply. */
  allows_foreign_codes: boolean;
  /** For so many days a subscription that is past due goes on to open what it opened. */
  past_due_grace_days: number;
  /** So many days before a scheduled end `subscription.ending` is told; 0: never. */
  ending_notice_days: number;
  /** What an open dispute does to what was bought: `keep` or `suspend`. */
  dispute_access: 'keep' | 'suspend';
  /** When it was made. */
  created_at: string;
  /** When it was changed last. */
  updated_at: string;
  /** For servers. It is shown this once. */
  secret_key: string;
  /** For browsers. */
  publishable_key: string;
  /** Signs the messages to `webhook_url`. It is shown this once. */
  webhook_secret?: string;
}

export interface NewKey {
  /** Its id. */
  id: string;
  /** Of which kind it is. */
  kind: 'secret' | 'publishable';
  /** A name, for people. */
  name: string;
  /** The end of the key, to tell keys apart. */
  hint: string;
  /** What the key is limited to; null: everything of its app. */
  scopes: Array<string> | null;
  /** When it was made. */
  created_at: string;
  /** From then on the key is refused; null: it has no end. */
  expires_at: string | null;
  /** When it was used last. */
  last_used_at: string | null;
  /** When it was revoked. */
  revoked_at: string | null;
  /** The key. It is shown this once. */
  key: string;
}

export interface PolarEvent {
  /** Its id. */
  id: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** The type. */
  type: string;
  /** Polar’s `webhook-id`. */
  webhook_id: string;
  /** The app’s slug. */
  app: string | null;
  /** How it stands. */
  status: 'applied' | 'unrouted' | 'failed' | 'pending';
  /** What it waits for. */
  waits_for: string | null;
  /** What went wrong; null when nothing did. */
  error: string | null;
  /** How many attempts there were. */
  attempts: number;
  /** Whether the body is still there. */
  body_kept: boolean;
  /** When it happened. */
  occurred_at: string;
  /** When it came. */
  received_at: string;
}

export interface PolarEventList {
  /** The entries of this page. */
  data: Array<PolarEvent>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface PolarEventWithBody {
  /** Its id. */
  id: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** The type. */
  type: string;
  /** Polar’s `webhook-id`. */
  webhook_id: string;
  /** The app’s slug. */
  app: string | null;
  /** How it stands. */
  status: 'applied' | 'unrouted' | 'failed' | 'pending';
  /** What it waits for. */
  waits_for: string | null;
  /** What went wrong; null when nothing did. */
  error: string | null;
  /** How many attempts there were. */
  attempts: number;
  /** Whether the body is still there. */
  body_kept: boolean;
  /** When it happened. */
  occurred_at: string;
  /** When it came. */
  received_at: string;
  /** The message as it was made: see `webhooks`. */
  body: unknown;
}

export interface ProductOwner {
  /** Its id. */
  id: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** A name, for people. */
  name: string;
  /** The app’s slug. */
  app: string | null;
  /** Whether the operator has assigned it; else its metadata or name says whose it is. */
  assigned: boolean;
}

export interface ProductOwnerList {
  /** The entries of this page. */
  data: Array<ProductOwner>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface PublishedKey {
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** A name, for people. */
  name: string;
  /** Until when something that it has signed counts. */
  needed_until: string;
  /** When it was published no longer, since it has leaked; null: it is published. */
  withdrawn_at: string | null;
}

export type ReapplyPolarEventRequest = Record<string, unknown>;

export interface ReapplyPolarEventsRequest {
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** How it stands. `failed` unless given. */
  status?: 'failed' | 'unrouted';
  /** The type. */
  type?: string;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  since?: string;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  until?: string;
  /** Where to go on: the `next_cursor` of the call before. */
  cursor?: string;
  /** Whether this only counts. `false` unless given. */
  dry_run?: boolean;
}

export interface ReconcileRun {
  /** Its id. */
  id: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** `recent`: what is new and what is open. `full`: everything. */
  scope: 'recent' | 'full';
  /** Who began it. */
  trigger: 'schedule' | 'operator';
  /** How it stands. */
  status: 'running' | 'finished' | 'failed';
  /** When it began. */
  started_at: string;
  /** When it was over. */
  finished_at: string | null;
  /** When it goes on. */
  next_step_at: string | null;
  /** What went wrong; null when nothing did. */
  error: string | null;
  /** Kinds of objects that are still to be compared. */
  remaining: Array<string>;
  /** What the run has found. */
  report: {
    /** How many requests of Polar it took. */
    requests: number;
    /** The gateway’s webhook at Polar; null when it was not looked at. */
    webhook: {
      /** Whether it is there. */
      registered: boolean;
      /** Whether it is sent anything. */
      enabled: boolean;
      /** The format of the messages. */
      format: string | null;
      /** Event types that the webhook at Polar lacks. */
      missing_events: Array<string>;
      /** Whether its secret is one of the gateway’s; null when Polar does not say. */
      secret_known: boolean | null;
      /** What is right now. */
      repaired: boolean;
      /** Why it could not be repaired. */
      repair_error: string | null;
    } | null;
    /** By kind of object. */
    kinds: Record<string, {
      /** How many were looked at. */
      seen: number;
      /** How many were left for the next run. */
      young: number;
      /** How many were not stored at all. */
      missing: number;
      /** How many were stored otherwise. */
      stale: number;
      /** What is right now. */
      repaired: number;
      /** How many failed. */
      failed: number;
    }>;
    /** What was left out, and why. */
    refused: Record<string, string>;
    /** Objects that are not what Polar documents: at most 20. */
    not_understood: Array<{
      /** Of which kind it is. */
      kind: string;
      /** Its id. */
      id: string | null;
      /** Why. */
      why: string;
    }>;
    /** All kinds together. */
    total: {
      /** How many were not stored at all. */
      missing: number;
      /** How many were stored otherwise. */
      stale: number;
      /** What is right now. */
      repaired: number;
      /** How many failed. */
      failed: number;
    };
  };
}

export interface ReconcileRunList {
  /** The entries of this page. */
  data: Array<ReconcileRun>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface ReconcileRunWithObjects {
  /** Its id. */
  id: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** `recent`: what is new and what is open. `full`: everything. */
  scope: 'recent' | 'full';
  /** Who began it. */
  trigger: 'schedule' | 'operator';
  /** How it stands. */
  status: 'running' | 'finished' | 'failed';
  /** When it began. */
  started_at: string;
  /** When it was over. */
  finished_at: string | null;
  /** When it goes on. */
  next_step_at: string | null;
  /** What went wrong; null when nothing did. */
  error: string | null;
  /** Kinds of objects that are still to be compared. */
  remaining: Array<string>;
  /** What the run has found. */
  report: {
    /** How many requests of Polar it took. */
    requests: number;
    /** The gateway’s webhook at Polar; null when it was not looked at. */
    webhook: {
      /** Whether it is there. */
      registered: boolean;
      /** Whether it is sent anything. */
      enabled: boolean;
      /** The format of the messages. */
      format: string | null;
      /** Event types that the webhook at Polar lacks. */
      missing_events: Array<string>;
      /** Whether its secret is one of the gateway’s; null when Polar does not say. */
      secret_known: boolean | null;
      /** What is right now. */
      repaired: boolean;
      /** Why it could not be repaired. */
      repair_error: string | null;
    } | null;
    /** By kind of object. */
    kinds: Record<string, {
      /** How many were looked at. */
      seen: number;
      /** How many were left for the next run. */
      young: number;
      /** How many were not stored at all. */
      missing: number;
      /** How many were stored otherwise. */
      stale: number;
      /** What is right now. */
      repaired: number;
      /** How many failed. */
      failed: number;
    }>;
    /** What was left out, and why. */
    refused: Record<string, string>;
    /** Objects that are not what Polar documents: at most 20. */
    not_understood: Array<{
      /** Of which kind it is. */
      kind: string;
      /** Its id. */
      id: string | null;
      /** Why. */
      why: string;
    }>;
    /** All kinds together. */
    total: {
      /** How many were not stored at all. */
      missing: number;
      /** How many were stored otherwise. */
      stale: number;
      /** What is right now. */
      repaired: number;
      /** How many failed. */
      failed: number;
    };
  };
  /** Objects that differed, by kind and id. */
  objects: Array<ReconciledObject>;
  /** How many objects differed beyond the thousand that are listed. */
  objects_not_listed: number;
  /** Send it as `cursor` for the next page of `objects`; null on the last one. */
  next_cursor: string | null;
}

export interface ReconciledObject {
  /** Of which kind it is. */
  kind: string;
  /** Polar’s id; null for one without. */
  id: string | null;
  /** The slug of its app; null while it is of none, or of the whole organization. */
  app: string | null;
  /** `missing`: it was not stored at all. `stale`: it was stored otherwise. */
  drift: 'missing' | 'stale';
  /** The names of the fields that differ; empty when only fields do of which the gateway keeps no value. */
  differs: Array<string>;
  /** What was done: `applied`, `reread` (applied after another object asked to read it again), `deleted`, or `failed`, then `why`. */
  outcome: 'applied' | 'reread' | 'deleted' | 'failed';
  /** Why it could not be applied; null when it was. */
  why: string | null;
  /** The types of the events that were told of it. */
  events: Array<string>;
  /** When it was found. */
  found_at: string;
}

export interface ResealPlace {
  /** The table, or the column of it. */
  place: string;
  /** How many values were encrypted again. */
  resealed: number;
  /** How many values no key opens. */
  unreadable: number;
  /** How many rows are still to be looked at; 10,000 also when there are more. */
  rows_left: number;
  /** When it was over. */
  finished_at: string | null;
}

export interface Resealing {
  /** The id of the current key. */
  key: string;
  /** Whether no older key is needed any more. */
  is_complete: boolean;
  /** From when on nothing new is made with an older key. */
  settled_at: string;
  /** Where encrypted values are, as far as they have been gone through. */
  places: Array<ResealPlace>;
}

export interface StartReconcileRunRequest {
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** `recent`: what is new and what is open. `full`: everything. `recent` unless given. */
  scope?: 'recent' | 'full';
  /** What has changed within so many seconds is left for the next run. `120` unless given. */
  grace_seconds?: number;
  /** Lets the run register, enable and complete the webhook at Polar. */
  repair_webhook?: boolean;
}

export interface UnhealthyWebhookEndpoint {
  /** Its id. */
  id: string;
  /** The app’s slug. */
  app: string;
  /** The address. */
  url: string;
  /** Whether it fails or is disabled. */
  state: 'failing' | 'disabled';
  /** From when on. */
  since: string;
  /** Who disabled it: `paused`, the app; `gone`, its own answer 410; `failing`, days without a success. */
  disabled_reason: 'paused' | 'gone' | 'failing' | null;
  backlog: WebhookEndpointBacklog;
}

export interface UnhealthyWebhookEndpointList {
  /** The entries of this page. */
  data: Array<UnhealthyWebhookEndpoint>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface UnroutedCustomer {
  /** Its id. */
  id: string;
  /** An e-mail address. */
  email: string | null;
}

export interface UnroutedProduct {
  /** Its id. */
  id: string;
  /** A name, for people. */
  name: string | null;
}

export interface UnroutedPurchase {
  /** `order` or `subscription`. */
  kind: 'order' | 'subscription';
  /** Its id. */
  id: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** Why. */
  why: 'no_product' | 'product_unknown' | 'product_unowned' | 'about_to_be_routed';
  /** How it stands. */
  status: string;
  /** The product. */
  product: UnroutedProduct | null;
  /** The app that owns its product by now; null: none does. */
  product_owner: string | null;
  customer: UnroutedCustomer;
  /** Minor units. */
  amount: number | null;
  /** ISO 4217, in small letters. */
  currency: string | null;
  /** How many orders there are. */
  orders: number;
  /** How many refunds there are. */
  refunds: number;
  /** How many grants there are. */
  grants: number;
  /** Whether the operator has hidden it. */
  dismissed: boolean;
  /** When it was made. */
  created_at: string;
}

export interface UnroutedPurchaseList {
  /** The entries of this page. */
  data: Array<UnroutedPurchase>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface UpdateAppRequest {
  /** A name, for people. */
  name?: string;
  /** Origins of pages that may call with a publishable key. */
  origins?: Array<string>;
  /** Where buyers may come back to: these addresses, and those beneath them. */
  callback_urls?: Array<string>;
  /** Whether it owns every product that no app claims. */
  owns_unclaimed?: boolean;
  /** For so many days a subscription that is past due goes on to open what it opened. */
  past_due_grace_days?: number;
  /** So many days before a scheduled end `subscription.ending` is told; 0: never. */
  ending_notice_days?: number;
  /** Whether buyers may type codes at Polar although one of another app’s may apply. */
  allows_foreign_codes?: boolean;
  /** What an open dispute does to what was bought: `keep` or `suspend`. */
  dispute_access?: 'keep' | 'suspend';
}

export interface WebhookEndpointBacklog {
  /** How many there are. */
  count: number;
  /** When the oldest of them was made. */
  oldest_at: string | null;
  /** How old the oldest of them is, seconds. */
  age_seconds: number | null;
}

export interface WithdrawSigningKeyRequest {
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** The key. It is shown this once. */
  key: string;
}

/** The gateway's routes for its operator: what each takes and answers. */
export interface OperatorApi {
  /** Which parts are ready */
  'GET /health': {
    response: Health;
  };
  /** What is wrong, and what mends it */
  'GET /admin/doctor': {
    response: Diagnosis;
  };
  /** Mend what needs no decision */
  'POST /admin/doctor/fix': {
    body?: MendGatewayRequest;
    response: Mended;
  };
  /** Which secrets the gateway runs with */
  'GET /admin/secrets': {
    response: GatewaySecrets;
  };
  /** Encrypt with the new key now */
  'POST /admin/secrets/reseal': {
    response: GatewaySecrets;
  };
  /** Publish a signing key that has leaked no longer */
  'POST /admin/secrets/withdraw': {
    body: WithdrawSigningKeyRequest;
    response: GatewaySecrets;
  };
  /** List apps */
  'GET /admin/apps': {
    response: AppList;
  };
  /** Create an app */
  'POST /admin/apps': {
    body: CreateAppRequest;
    response: NewApp;
  };
  /** Read an app */
  'GET /admin/apps/{app}': {
    params: {
      app: string;
    };
    response: App;
  };
  /** Change an app */
  'PATCH /admin/apps/{app}': {
    params: {
      app: string;
    };
    body: UpdateAppRequest;
    response: App;
  };
  /** List keys */
  'GET /admin/apps/{app}/keys': {
    params: {
      app: string;
    };
    response: KeyList;
  };
  /** Create a key */
  'POST /admin/apps/{app}/keys': {
    params: {
      app: string;
    };
    body: CreateKeyRequest;
    response: NewKey;
  };
  /** Let a key end */
  'PATCH /admin/apps/{app}/keys/{key}': {
    params: {
      app: string;
      key: string;
    };
    body: EndKeyRequest;
    response: Key;
  };
  /** Revoke a key */
  'DELETE /admin/apps/{app}/keys/{key}': {
    params: {
      app: string;
      key: string;
    };
    response: undefined;
  };
  /** Delete a customer at Polar */
  'DELETE /admin/customers/{id}': {
    params: {
      id: string;
    };
    query: {
      mode: 'live' | 'sandbox';
    };
    response: undefined;
  };
  /** Who changed what */
  'GET /admin/audit': {
    query?: {
      actor?: 'operator' | 'app' | 'gateway' | 'schedule';
      action?: 'app.created' | 'app.updated' | 'key.created' | 'key.ends' | 'key.revoked' | 'product.assigned' | 'purchase.adopted' | 'purchase.dismissed' | 'endpoint.created' | 'endpoint.updated' | 'endpoint.deleted' | 'endpoint.secret_rotated' | 'endpoint.sent_now' | 'endpoint.failing' | 'endpoint.disabled' | 'delivery.replayed' | 'event.replayed' | 'deliveries.replayed' | 'refund.requested' | 'dispute.accepted' | 'subscription.changed' | 'grant.created' | 'grant.revoked' | 'grant.fulfilment' | 'discount.created' | 'discount.changed' | 'discount.deleted' | 'campaign.created' | 'campaign.changed' | 'campaign.deleted' | 'checkout_link.created' | 'checkout_link.changed' | 'checkout_link.deleted' | 'gift.created' | 'gift.link_renewed' | 'gift.claimed' | 'gift.canceled' | 'customer.prepared' | 'customer.named' | 'customer.unnamed' | 'customer.exported' | 'customer.erased' | 'customer.deleted' | 'license_key.activated' | 'license_key.deactivated' | 'license_key.changed' | 'license_key.revealed' | 'sessions.ended' | 'polar_event.read' | 'polar_event.reapplied' | 'polar_webhook.repaired' | 'reconcile.started' | 'reconcile.canceled' | 'reconcile.drift' | 'doctor.mended' | 'signing_key.withdrawn';
      app?: string;
      target?: string;
      key?: string;
      created_after?: string;
      created_before?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: AuditEntryList;
  };
  /** Who owns which product */
  'GET /admin/products': {
    query?: {
      mode?: 'live' | 'sandbox';
    };
    response: ProductOwnerList;
  };
  /** Assign a product to an app */
  'POST /admin/products/{id}/owner': {
    params: {
      id: string;
    };
    body: AssignProductRequest;
    response: ProductOwner;
  };
  /** Send any app’s webhook endpoint what waits for it, now */
  'POST /admin/webhook-endpoints/{id}/send-now': {
    params: {
      id: string;
    };
    response: DueDeliveries;
  };
  /** Webhook endpoints that fail or are disabled, of all apps */
  'GET /admin/webhook-endpoints': {
    query?: {
      state?: 'failing' | 'disabled';
      limit?: string | number;
      cursor?: string;
    };
    response: UnhealthyWebhookEndpointList;
  };
  /** List what Polar sent */
  'GET /admin/polar-events': {
    query?: {
      limit?: string | number;
      cursor?: string;
      status?: 'applied' | 'unrouted' | 'failed' | 'pending';
      mode?: 'live' | 'sandbox';
      type?: string;
      created_after?: string;
      created_before?: string;
    };
    response: PolarEventList;
  };
  /** Read what Polar sent */
  'GET /admin/polar-events/{id}': {
    params: {
      id: string;
    };
    response: PolarEventWithBody;
  };
  /** Apply a Polar event again */
  'POST /admin/polar-events/{id}/reapply': {
    params: {
      id: string;
    };
    body?: ReapplyPolarEventRequest;
    response: PolarEvent;
  };
  /** Apply many Polar events again */
  'POST /admin/reapply': {
    body: ReapplyPolarEventsRequest;
    response: BulkReapply;
  };
  /** List purchases that belong to no app */
  'GET /admin/unrouted': {
    query: {
      mode: 'live' | 'sandbox';
      dismissed?: 'true' | 'false';
      created_after?: string;
      created_before?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: UnroutedPurchaseList;
  };
  /** Give a purchase to an app */
  'POST /admin/unrouted/{kind}/{id}/adopt': {
    params: {
      kind: 'order' | 'subscription';
      id: string;
    };
    body: AdoptPurchaseRequest;
    response: AdoptedPurchase;
  };
  /** Hide a purchase that belongs to no app */
  'DELETE /admin/unrouted/{kind}/{id}': {
    params: {
      kind: 'order' | 'subscription';
      id: string;
    };
    response: undefined;
  };
  /** List runs */
  'GET /admin/reconcile': {
    query?: {
      limit?: string | number;
      cursor?: string;
      mode?: 'live' | 'sandbox';
    };
    response: ReconcileRunList;
  };
  /** Compare with Polar now */
  'POST /admin/reconcile': {
    body: StartReconcileRunRequest;
    response: ReconcileRun;
  };
  /** Read a run */
  'GET /admin/reconcile/{id}': {
    params: {
      id: string;
    };
    query?: {
      limit?: string | number;
      cursor?: string;
    };
    response: ReconcileRunWithObjects;
  };
  /** Cancel a run */
  'POST /admin/reconcile/{id}/cancel': {
    params: {
      id: string;
    };
    response: ReconcileRun;
  };
}

/** The routes that take an `Idempotency-Key`. */
export const OPERATOR_IDEMPOTENT: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'POST /admin/apps/{app}/keys',
]);
