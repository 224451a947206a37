/* Caps for guesses at licence keys, counted in D1 for all locations together (trust rule 10, ADR 95). */

/** Windows begin at the same moments for everybody. Milliseconds. */
const GUESS_WINDOW_MS = 10 * 60_000;

/** Answers of no in a window. An app's server asks for all of its customers, from one address. */
const CAPS = {
  publishable: { app: 600, address: 20, key: 30 },
  secret: { app: 3_000, address: 1_000, key: 60 },
} as const;

export interface GuessPart {
  /** What is counted. Neither a key nor an address can be read of it. */
  part: string;
  cap: number;
}

export interface Guesser {
  appId: string;
  kind: keyof typeof CAPS;
  /** SHA-256 of the key, as `keyHashOf` makes it. */
  keyHash: string;
  /** SHA-256 of the address. */
  addressHash: string;
}

/** What one question counts towards. Somebody who has a key that was good before does not guess: only the key is counted. */
export function guessParts({ appId, kind, keyHash, addressHash }: Guesser, isKnown: boolean): GuessPart[] {
  const { app, address, key } = CAPS[kind];
  const ofKey = { part: `key:${keyHash}`, cap: key };
  if (isKnown) return [ofKey];
  return [
    { part: `app:${appId}:${kind}`, cap: app },
    { part: `address:${appId}:${kind}:${addressHash}`, cap: address },
    ofKey,
  ];
}

/** When the window of this moment ends. Milliseconds. */
export function windowEnd(now: number): number {
  return (Math.floor(now / GUESS_WINDOW_MS) + 1) * GUESS_WINDOW_MS;
}
