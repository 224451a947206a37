export const MAX_FILTER_LENGTH = 64;
export const MAX_EVENT_FILTERS = 50;

/**
 * Whether `text` may stand in an endpoint's `events`: a fact's type, `*` for all, or `payment.*` for all that begins so. No
 * other wildcard gets in. The matching is SQL's: storage/event-filters.ts.
 */
export function isEventFilter(text: string): boolean {
  return text.length <= MAX_FILTER_LENGTH && /^(\*|[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?)$/.test(text);
}

/** The same filters, each once, in their order; `*` alone when it is among them. */
export function simplifyEventFilters(filters: readonly string[]): string[] {
  return filters.includes('*') ? ['*'] : [...new Set(filters)];
}
