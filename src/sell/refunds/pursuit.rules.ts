/* When Polar is looked at again for a refund whose answer never came, and when it is sent once more (ADR 74). */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/**
 * Who works on a refund has it for so long: longer than Polar's client waits for one call with its second try, so that
 * nobody else sends it meanwhile.
 */
export const LEASE_MS = MINUTE_MS;

/**
 * A call may still be running at Polar after the gateway has stopped to wait for it. Nothing between the gateway and the
 * payment processor lets a call live as long as this, so a refund that Polar does not show by then was not made.
 */
const TRUST_AFTER_MS = 15 * MINUTE_MS;

/** After so many sends, over more than a day, a refund that Polar does not show is given up. */
export const MAX_SENDS = 8;

const FIRST_LOOK_MS = 15 * SECOND_MS;
const LONGEST_WAIT_MS = 60 * MINUTE_MS;

/** A refund as it was sent last. Times are milliseconds since 1970. */
export interface Sent {
  sends: number;
  sentAt: number;
}

/**
 * What follows when Polar does not show a refund. `lookedAt`: when the look began. Each send is given twice the time of the
 * one before, so that a Polar which fails for hours is not asked in vain.
 */
export function decideUnseen({ sends, sentAt }: Sent, lookedAt: number): 'look_again' | 'send' | 'give_up' {
  if (lookedAt < sentAt + patienceFor(sends)) return 'look_again';
  return sends < MAX_SENDS ? 'send' : 'give_up';
}

function patienceFor(sends: number): number {
  return TRUST_AFTER_MS * 2 ** Math.max(sends - 1, 0);
}

/** When Polar is looked at next: soon after the send, then each time after twice as long, and when a look is trusted. */
export function nextLook({ sends, sentAt }: Sent, now: number): number {
  const trusted = sentAt + patienceFor(sends);
  const wait = Math.min(Math.max(now - sentAt, FIRST_LOOK_MS), LONGEST_WAIT_MS);
  return now < trusted ? Math.min(now + wait, trusted) : now + wait;
}
