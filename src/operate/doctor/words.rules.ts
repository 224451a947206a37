import { readBoundPlace } from '../../tell/endpoints/bound-places.rules.ts';

/* Words of findings. Names come from Polar and from apps, so they are made harmless before they are shown. */

const MAX_SHOWN = 80;

/** Text of somebody else's, on one line, without control characters, cut, and in quotes. */
export function quote(text: string): string {
  const plain = text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
  return `“${plain.length > MAX_SHOWN ? `${plain.slice(0, MAX_SHOWN - 1)}…` : plain}”`;
}

/** The host of an address: the rest of it may be a secret, as in the webhook addresses of chats. */
export function hostOf(url: string): string {
  // A queue or another Worker has a name and no host.
  return quote(URL.parse(url)?.host || (readBoundPlace(url) ? url : 'no address'));
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A span in its largest unit that is at least two: `90 minutes`, `3 days`. Milliseconds. */
export function span(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.floor(ms / DAY_MS)} days`;
  if (ms >= 2 * HOUR_MS) return `${Math.floor(ms / HOUR_MS)} hours`;
  if (ms >= 2 * MINUTE_MS) return `${Math.floor(ms / MINUTE_MS)} minutes`;
  return `${Math.floor(ms / 1000)} seconds`;
}

/** A time, as ISO 8601. Milliseconds since 1970. */
export function time(at: number): string {
  return new Date(at).toISOString();
}

/** `1 event`, `3 events`; `1,000 or more events` where counting ended at `most`. */
export function several(count: number, one: string, most = Infinity, many = `${one}s`): string {
  return `${count.toLocaleString('en')}${count >= most ? ' or more' : ''} ${count === 1 ? one : many}`;
}

/** `POLAR_LIVE_ACCESS_TOKEN`, `FLOE_SANDBOX_SIGNING_KEYS`: the name of a mode's setting. */
export function settingOf(
  mode: 'live' | 'sandbox',
  name: 'ACCESS_TOKEN' | 'WEBHOOK_SECRETS' | 'SIGNING_KEYS',
): string {
  return `${name === 'SIGNING_KEYS' ? 'FLOE' : 'POLAR'}_${mode.toUpperCase()}_${name}`;
}
