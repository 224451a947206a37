/*
 * How many grants this isolate has heard of that were not granted any more. What was remembered before another was heard is
 * looked up again. A count and no list: it is asked on a way that must cost nothing, and revocations are rare beside questions.
 */

let heard = 0;

/** A grant is not granted any more. */
export function noteRevocation(): void {
  heard += 1;
}

export function revocationsHeard(): number {
  return heard;
}
