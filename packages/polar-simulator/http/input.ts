/** Reading what a caller sent: JSON bodies through zod, answered in pydantic's words when they do not fit. */

import type { Context } from 'hono';
import * as z from 'zod';
import { type Country, isCountry } from './countries.ts';
import { type ValidationIssue, bodyTooLarge, invalidAll } from './errors.ts';

/** Larger bodies are not read. */
export const BODY_MAX_BYTES = 10 * 1024 * 1024;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Names that can never receive mail (RFC 2606, RFC 6761); Polar finds that out by DNS, the simulator without. */
const UNDELIVERABLE = /(^|\.)(test|example|invalid|localhost|local)$|(^|\.)example\.(com|net|org)$/i;

export const uuidField = z.string().regex(UUID, 'Input should be a valid UUID').toLowerCase();

export const emailField = z
  .string()
  .regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'value is not a valid email address')
  .refine((email) => !UNDELIVERABLE.test(email.slice(email.lastIndexOf('@') + 1)), {
    error: (issue) =>
      `value is not a valid email address: The domain name ${String(issue.input).split('@').at(-1)} does not accept email.`,
  })
  .transform((email) => email.replace(/@.*$/, (domain) => domain.toLowerCase()));

// oxlint-disable-next-line no-control-regex -- a NUL is exactly what Polar refuses
const withoutNul = (text: string): boolean => !/\u0000/.test(text);

export const metadataField = z
  .record(
    z.string().min(1).max(40),
    z.union([z.string().min(1).max(500).refine(withoutNul), z.number(), z.boolean()]),
  )
  .refine((value) => Object.keys(value).length <= 50, 'Dictionary should have at most 50 items');

export const customFieldDataField = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
);

export const urlField = z
  .string()
  .min(1)
  .max(2083)
  .refine((text) => /^https?:\/\/[^/\s]/i.test(text) && URL.canParse(text), 'Input should be a valid URL');

export const currencyField = z.string().regex(/^[a-z]{3}$/, 'Input should be a known currency');

export const timeField = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), 'Input should be a valid datetime');

const line = z
  .string()
  .nullish()
  .transform((text) => text ?? null);

export const addressField = z.object({
  line1: line,
  line2: line,
  postal_code: line,
  city: line,
  state: line,
  country: z.custom<Country>(isCountry, 'Input should be a known country'),
});

/** The caller's JSON through a schema. Every mismatch is a 422 with Polar's `detail` list. */
export async function readBody<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await context.req.text();
  if (text.length > BODY_MAX_BYTES) {
    throw bodyTooLarge();
  }
  let input: unknown;
  try {
    input = text === '' ? undefined : JSON.parse(text);
  } catch {
    throw invalidAll(
      [{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {} }],
      'RequestValidationError',
    );
  }
  // An organization token already says which organization is meant (facts §6).
  if (typeof input === 'object' && input !== null && 'organization_id' in input && !isPublicRoute(context)) {
    throw invalidAll([
      {
        type: 'organization_token',
        loc: ['body', 'organization_id'],
        msg: 'Setting organization_id is disallowed when using an organization token.',
        input: input.organization_id,
      },
    ]);
  }
  return parseInput(schema, input, 'body');
}

const isPublicRoute = (context: Context): boolean =>
  /\/(checkouts\/client|customer-portal|license-keys)\//.test(context.req.path);

export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  place: 'body' | 'query' | 'path',
): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalidAll(
    result.error.issues.flatMap((issue) => toIssues(issue, place, input)),
    'RequestValidationError',
  );
}

function toIssues(issue: z.core.$ZodIssue, place: string, input: unknown): ValidationIssue[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      type: 'extra_forbidden',
      loc: [place, ...path, key],
      msg: 'Extra inputs are not permitted',
    }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return issue.errors.flatMap((branch) =>
      branch.flatMap((inner) => toIssues({ ...inner, path: [...issue.path, ...inner.path] }, place, input)),
    );
  }
  const value = valueAt(input, path);
  const missing = issue.code === 'invalid_type' && value === undefined;
  return [
    {
      type: missing ? 'missing' : pydanticType(issue),
      loc: [place, ...path],
      msg: missing ? 'Field required' : issue.message,
      ...(value === undefined ? {} : { input: value }),
    },
  ];
}

function valueAt(input: unknown, path: (string | number)[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** Pydantic's name for what is wrong. */
function pydanticType(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return 'enum';
  if (issue.code === 'invalid_type') {
    return issue.expected === 'number' || issue.expected === 'int' ? 'int_type' : `${issue.expected}_type`;
  }
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return 'value_error';
  const isSmall = issue.code === 'too_small';
  if (issue.origin === 'string') return isSmall ? 'string_too_short' : 'string_too_long';
  if (issue.origin === 'array') return isSmall ? 'too_short' : 'too_long';
  return isSmall ? 'greater_than_equal' : 'less_than_equal';
}

/** A UUID in the path; anything else is a 422, not a 404. */
export function pathId(context: Context, name = 'id'): string {
  return parseInput(z.object({ [name]: uuidField }), { [name]: context.req.param(name) }, 'path')[name] ?? '';
}

export const queryOf = (context: Context): URLSearchParams => new URL(context.req.url).searchParams;
