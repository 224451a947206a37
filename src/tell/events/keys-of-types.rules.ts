import type { KeyRange } from './events.rules.ts';

/**
 * The keys of events whose type `filter` matches; undefined for `*`. Every key begins with its event's type and a colon
 * (`payment.succeeded:<order>`), so the events of a type are a range of the index on keys. A type that Floe has no name
 * for may contain a colon itself: a range may have more events than the type, never fewer.
 */
export function keysOfTypes(filter: string): KeyRange | undefined {
  if (filter === '*') return undefined;
  // In ASCII `/` follows `.`, and `;` follows `:`.
  if (filter.endsWith('.*')) return { from: filter.slice(0, -1), to: `${filter.slice(0, -2)}/` };
  return { from: `${filter}:`, to: `${filter};` };
}
