/*
 * For how long what is over is kept, in days (ADR 112): unless set otherwise, and at least. Each has a setting, `FLOE_KEEP_<NAME>_DAYS`.
 * What `explain`, a timeline or a replay needs for its 90 days cannot be set below them.
 */

type Age = readonly [days: number, least: number];

/** A question about access reaches back 90 days; what answers it is kept a day longer. */
const EXPLAINED = 91;

export const AGES = {
  /** Checkouts that nobody paid, after they ended. */
  unpaid: [7, 1],
  /** Deliveries that ended, their attempts, and the bodies of their events. Replays reach as far. */
  delivered: [90, 1],
  /** The bodies of Polar events. */
  polar_events: [90, 1],
  /** Their rows, by which a webhook that Polar sends again is recognised. */
  polar_event_rows: [180, EXPLAINED],
  /** Rows of events that say only that something about an object is new; see operate/news.rows.ts. */
  news: [400, EXPLAINED],
  /** Sessions, after they ran out. */
  sessions: [90, 90],
  audit: [365, EXPLAINED],
  /** Grants of an app's own, after their end. */
  own_grants: [400, EXPLAINED],
  /** What the history of a grant says again: that it was renewed, or seen unchanged. */
  grant_history: [400, EXPLAINED],
  /** Who downloaded what; how often is counted for good. */
  downloads: [90, 90],
  /** Who activated a licence key. */
  activations: [365, 90],
  /** Keys that were revoked or have run out. */
  ended_keys: [400, EXPLAINED],
  /** How many checkouts of a day nobody paid. What is left of a checkout may be counted 70 days after it began. */
  counts: [1_095, EXPLAINED],
  /** Reports of comparisons with Polar. */
  reconcile: [30, 1],
} as const satisfies Record<string, Age>;

export type AgeName = keyof typeof AGES;
export type AgeSetting = `FLOE_KEEP_${Uppercase<AgeName>}_DAYS`;
export type Ages = Readonly<Record<AgeName, number>>;

/** Ten years. */
export const MOST_DAYS_KEPT = 3_650;

/** The setting of an age. */
export function settingOfAge(name: AgeName): AgeSetting {
  return `FLOE_KEEP_${name.toUpperCase() as Uppercase<AgeName>}_DAYS`;
}
