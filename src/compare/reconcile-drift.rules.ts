import type { PolarKind } from '../base/polar-kinds.rules.ts';

export interface Tally {
  /** Compared. */
  seen: number;
  /** Changed so lately that their webhooks may be on their way: left for the next run. */
  young: number;
  /** Not stored at all. */
  missing: number;
  /** Stored with other content. */
  stale: number;
  repaired: number;
  failed: number;
}

/** What Polar's webhook endpoint for this gateway is like. */
export interface WebhookCheck {
  registered: boolean;
  enabled: boolean;
  format: string | null;
  missing_events: string[];
  /** Whether its secret is one of those that this gateway verifies with; null: not registered. */
  secret_known: boolean | null;
  /** It was repaired in this run. */
  repaired: boolean;
  /** Why it could not be. */
  repair_error: string | null;
}

/** An object of Polar's that is not what Polar documents, and so could not be compared. */
export interface Odd {
  kind: PolarKind;
  /** Null for one without an id. */
  id: string | null;
  why: string;
}

/** More of them are only counted. */
const MAX_ODD = 20;

export interface Report {
  /** To Polar. */
  requests: number;
  webhook: WebhookCheck | null;
  kinds: Partial<Record<PolarKind, Tally>>;
  /** Lists that Polar refused, and what it said. */
  refused: Record<string, string>;
  not_understood: Odd[];
}

export function emptyReport(): Report {
  return { requests: 0, webhook: null, kinds: {}, refused: {}, not_understood: [] };
}

/** Adds to what was counted of a kind. */
export function count(report: Report, kind: PolarKind, counted: Partial<Tally>): void {
  const tally = (report.kinds[kind] ??= { seen: 0, young: 0, missing: 0, stale: 0, repaired: 0, failed: 0 });
  tally.seen += counted.seen ?? 0;
  tally.young += counted.young ?? 0;
  tally.missing += counted.missing ?? 0;
  tally.stale += counted.stale ?? 0;
  tally.repaired += counted.repaired ?? 0;
  tally.failed += counted.failed ?? 0;
}

/** Notes an object that was not understood, once: a run can meet it in several lists. */
export function noteOdd(report: Report, odd: Odd): void {
  const isKnown = report.not_understood.some(({ kind, id }) => kind === odd.kind && id === odd.id);
  if (!isKnown && report.not_understood.length < MAX_ODD) report.not_understood.push(odd);
}

/** How many objects of all kinds differed from Polar's. */
export function totalDrift(report: Report): {
  missing: number;
  stale: number;
  repaired: number;
  failed: number;
} {
  const total = { missing: 0, stale: 0, repaired: 0, failed: 0 };
  for (const tally of Object.values(report.kinds)) {
    total.missing += tally.missing;
    total.stale += tally.stale;
    total.repaired += tally.repaired;
    total.failed += tally.failed;
  }
  return total;
}

/** Whether Polar tells this gateway everything. */
export function isWebhookWell(check: WebhookCheck): boolean {
  return (
    check.registered &&
    check.enabled &&
    check.format === 'raw' &&
    check.missing_events.length === 0 &&
    check.secret_known === true
  );
}
