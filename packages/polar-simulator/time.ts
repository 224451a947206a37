/** Times as Polar writes them (UTC, microseconds) and the calendar arithmetic of billing periods. */

import type { models } from '@polar-sh/sdk/2026-10';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Milliseconds as `2026-11-21T10:00:00.000000Z`. */
export function isoFromMs(ms: number): string {
  return isoFromMicros(Math.round(ms) * 1000);
}

/** Microseconds as `2026-11-21T10:00:00.000000Z`. */
export function isoFromMicros(micros: number): string {
  const ms = Math.floor(micros / 1000);
  const rest = micros - ms * 1000;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

export const msFromIso = (iso: string): number => Date.parse(iso);

/**
 * The end of a period that starts at `startMs`. Months keep the anchor day: 31 January → 28 February → 31 March.
 */
export function addInterval(
  startMs: number,
  interval: models.RecurringInterval,
  count: number,
  anchorDay: number = new Date(startMs).getUTCDate(),
): number {
  if (interval === 'day') return startMs + count * DAY_MS;
  if (interval === 'week') return startMs + count * 7 * DAY_MS;
  const start = new Date(startMs);
  const months = interval === 'month' ? count : count * 12;
  const firstOfMonth = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months, 1));
  const daysInMonth = new Date(
    Date.UTC(firstOfMonth.getUTCFullYear(), firstOfMonth.getUTCMonth() + 1, 0),
  ).getUTCDate();
  const day = Math.min(anchorDay, daysInMonth);
  return firstOfMonth.getTime() + (day - 1) * DAY_MS + (startMs % DAY_MS);
}
