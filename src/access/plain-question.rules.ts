import { readCustomer } from '../base/subject.rules.ts';
import { DEFAULT_MAX_AGE_SECONDS, MAX_AGE_SECONDS, MAX_RESOURCE_CHARS } from './access.rules.ts';

/** A question in the address of `GET /v1/access`. */
export interface PlainQuestion {
  resource: string;
  customer: string | undefined;
  member: string | undefined;
  /** Seconds. */
  maxAge: number;
}

/** Far above any question that is asked; what is longer is left to the route. */
const MAX_QUERY_CHARS = 2_000;
const MAX_PARAMETERS = 4;
// oxlint-disable-next-line no-control-regex -- control characters are exactly what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Reads the text of a query (without `?`) that is plainly right: each parameter known, given once, and written as it is
 * meant. Undefined for any other, which the route reads by its schema and may accept, or refuse with its reasons.
 */
export function readPlainQuestion(query: string): PlainQuestion | undefined {
  if (query.length > MAX_QUERY_CHARS || query.includes('#')) return undefined;
  if (query.split('&', MAX_PARAMETERS + 1).length > MAX_PARAMETERS) return undefined;
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (given.has(name) || !isPlain(name, value)) return undefined;
    given.set(name, value);
  }
  const resource = given.get('resource');
  if (resource === undefined) return undefined;
  const maxAge = given.get('max_age');
  return {
    resource,
    customer: given.get('customer'),
    member: given.get('member'),
    maxAge: maxAge === undefined ? DEFAULT_MAX_AGE_SECONDS : Number(maxAge),
  };
}

function isPlain(name: string, value: string): boolean {
  switch (name) {
    case 'resource':
      return isLine(value, MAX_RESOURCE_CHARS) && !CONTROL.test(value);
    case 'customer':
      return isLine(value, MAX_CUSTOMER_CHARS) && readCustomer(value) !== undefined;
    case 'member':
      return UUID.test(value);
    case 'max_age':
      return /^\d{1,5}$/.test(value) && Number(value) <= MAX_AGE_SECONDS;
    default:
      return false;
  }
}

const MAX_CUSTOMER_CHARS = 300;

function isLine(value: string, maxChars: number): boolean {
  return value !== '' && value.length <= maxChars && value === value.trim();
}
