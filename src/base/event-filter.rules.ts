import { isEventGroup, isEventType } from './event-types.rules.ts';

export const MAX_EVENT_FILTERS = 50;

/**
 * Whether `text` may stand in an endpoint's `events`: an event's type, `*` for all, or `payment.*` for a group. A type that
 * nobody is ever told is refused: an endpoint that asks for `payment.paid` would wait for ever. No other wildcard gets in.
 * The matching is SQL's: tell/endpoints/event-filters.rows.ts.
 */
export function isEventFilter(text: string): boolean {
  return text === '*' || isEventType(text) || isEventGroup(text);
}

/** The same filters, each once, in their order; `*` alone when it is among them. */
export function simplifyEventFilters(filters: readonly string[]): string[] {
  return filters.includes('*') ? ['*'] : [...new Set(filters)];
}
