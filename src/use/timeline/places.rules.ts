/* Where the entries of a timeline stand. */

/** Where an entry stands: by its time, then by its place among those of that time. */
export interface Place {
  /** Milliseconds since 1970. */
  at: number;
  id: string;
}

/** Above an event stand its deliveries, whenever they ended: one begins with the event, and may go on for days. */
export const BEHIND = '~';

export function isBelow(a: Place, b: Place): boolean {
  return newestFirst(a, b) > 0;
}

export function newestFirst(a: Place, b: Place): number {
  return b.at - a.at || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
