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
const MAX_DEPTH = 6;

/** What `data` of an event has at its top. A path that begins otherwise would never be found. */
const ROOTS = [
  'app',
  'mode',
  'origin',
  'payment',
  'polar',
  'grant',
  'gift',
  'discount',
  'fulfilment',
  'endpoint',
  'reason',
  'next_attempt_at',
] as const;

/** Why a path may not be asked for, in plain words; undefined: it may. Its parts go into a path of SQLite as they are. */
export function refusePath(path: string): string | undefined {
  const parts = path.split('.');
  if (path.length > MAX_PATH || parts.length > MAX_DEPTH)
    return `A path has at most ${MAX_PATH} characters and ${MAX_DEPTH} parts.`;
  if (!parts.every((part) => /^[A-Za-z0-9_-]{1,64}$/.test(part)))
    return 'A path is names with dots between them, such as payment.amount.';
  if (!(ROOTS as readonly string[]).includes(parts[0] ?? ''))
    return `A path begins with one of ${ROOTS.join(', ')}: it is looked up in the event’s data.`;
  return undefined;
}

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
