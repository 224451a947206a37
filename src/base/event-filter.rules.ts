import { isEventGroup, isEventType } from './event-types.rules.ts';

export const MAX_EVENT_FILTERS = 50;

/**
 * Whether `text` may stand in an endpoint's `events`: an event's type, `*` for all, or `payment.*` for a group. A type
 * that does not exist is refused: an endpoint that asks for `payment.paid` would wait for ever. No other wildcards are
 * allowed. SQL does the matching: tell/endpoints/event-filters.rows.ts.
 */
export function isEventFilter(text: string): boolean {
  return text === '*' || isEventType(text) || isEventGroup(text);
}

/** The filters without repetitions, in their order; only `*` when it is among them. */
export function simplifyEventFilters(filters: readonly string[]): string[] {
  return filters.includes('*') ? ['*'] : [...new Set(filters)];
}
