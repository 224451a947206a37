/** Times as people read them, relative to the simulated clock. */

import { html } from 'hono/html';
import type { Html } from '../pages/layout.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../time.ts';

const UNITS = [
  ['year', 365 * DAY_MS],
  ['month', 30 * DAY_MS],
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const absolute = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
});

/** `3 days ago`, `in 2 hours`, `just now`. */
function relativeTime(atMs: number, nowMs: number): string {
  const distance = atMs - nowMs;
  for (const [unit, ms] of UNITS) {
    if (Math.abs(distance) >= ms) return relative.format(Math.round(distance / ms), unit);
  }
  if (Math.abs(distance) < 5 * SECOND_MS) return 'just now';
  return relative.format(Math.round(distance / SECOND_MS), 'second');
}

/** `21 Nov 2026, 10:00:00 UTC`. */
export const absoluteTime = (ms: number): string => `${absolute.format(ms)} UTC`;

export function when(iso: string | null | undefined, nowMs: number): Html | '' {
  if (!iso) return '';
  const at = Date.parse(iso);
  return html`<time datetime="${iso}" title="${absoluteTime(at)}">${relativeTime(at, nowMs)}</time>`;
}
