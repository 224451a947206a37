/*
 * What an endpoint asks of an event beside its type: conditions on what stands in its `data`. All of them must hold. They are
 * checked where the event is told, in SQL: tell/endpoints/event-filters.rows.ts.
 */

/** How an endpoint's body is written. */
export const ENDPOINT_FORMATS = ['standard', 'slack', 'discord'] as const;
export type EndpointFormat = (typeof ENDPOINT_FORMATS)[number];

type Scalar = string | number | boolean;

/** One field's conditions: each that is given must hold. */
export interface FieldMatch {
  eq?: Scalar | undefined;
  not?: Scalar | undefined;
  in?: readonly Scalar[] | undefined;
  gt?: string | number | undefined;
  gte?: string | number | undefined;
  lt?: string | number | undefined;
  lte?: string | number | undefined;
  exists?: boolean | undefined;
}
/** Conditions by the path of a field in `data`: `{"payment.amount": {"gte": 10000}}`. */
export type EventMatches = Readonly<Record<string, FieldMatch>>;

export const MATCH_OPERATORS = ['eq', 'not', 'in', 'gt', 'gte', 'lt', 'lte', 'exists'] as const;

/** Bounds, so that telling an event to twenty endpoints stays one small statement. */
export const MAX_MATCHED_FIELDS = 10;
export const MAX_MATCH_VALUES = 50;
export const MAX_PATH = 120;

/** As it is asked: a value alone stands for `{"eq": value}`. */
export type AskedMatches = Readonly<Record<string, Scalar | FieldMatch>>;

/** Conditions as they are stored and shown: each field has its operators. None at all is no filter. */
export function readMatches(asked: AskedMatches | null): EventMatches | null {
  const fields = Object.entries(asked ?? {});
  if (fields.length === 0) return null;
  return Object.fromEntries(
    fields.map(([path, match]) => [path, typeof match === 'object' ? match : { eq: match }]),
  );
}
