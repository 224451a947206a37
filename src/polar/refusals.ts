import { PolarClientError, PolarRateLimitError } from '@polar-sh/sdk';
import type { PolarRefusal } from '../base/polar-gateway.ts';
import { isScope, UNNAMED_SCOPE } from '../base/polar-scopes.rules.ts';
import type { FieldError } from '../base/problem.ts';

/** The statuses by which Polar refuses what it was asked to do. Of all others the token, the address or Polar is at fault. */
const REFUSALS = new Set([400, 402, 403, 404, 409, 410, 412, 422]);
/** A token that lacks a scope: no word about what was asked. */
const SCOPE_MISSING = 'insufficient_scope';

/** What Polar refused, and why; undefined for an error that is no refusal. */
export function readRefusal(error: unknown): PolarRefusal | undefined {
  if (!(error instanceof PolarClientError) || error instanceof PolarRateLimitError) return undefined;
  if (!REFUSALS.has(error.statusCode)) return undefined;
  const body = readBody(error.error);
  if (body['error'] === SCOPE_MISSING) return undefined;
  const name = typeof body['error'] === 'string' ? body['error'] : '';
  const errors = error.statusCode === 422 ? readFieldErrors(body) : [];
  return { status: error.statusCode, name, errors, cause: error };
}

/**
 * The scope that the access token lacks; undefined for an error that is about something else. Polar names every scope
 * that would do: of those for a read that is the one for reading, which allows the least. `unnamed` when it names none.
 */
export function readMissingScope(error: unknown): string | undefined {
  if (!(error instanceof PolarClientError) || error.statusCode !== 403) return undefined;
  const body = readBody(error.error);
  if (body['error'] !== SCOPE_MISSING) return undefined;
  const named = typeof body['scope'] === 'string' ? body['scope'].split(/[\s,]+/).filter(isScope) : [];
  return named.find((scope) => scope.endsWith(':read')) ?? named[0] ?? UNNAMED_SCOPE;
}

/** The SDK parses the bodies of refusals that it knows; of all others it gives the text. */
function readBody(body: unknown): Record<string, unknown> {
  const read: unknown = typeof body === 'string' ? readJson(body) : body;
  return typeof read === 'object' && read !== null ? { ...read } : {};
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Polar's validation errors, `{detail: [{loc, msg}]}`, in our form. */
export function readFieldErrors(body: unknown): FieldError[] {
  if (typeof body !== 'object' || body === null || !('detail' in body)) return [];
  if (typeof body.detail === 'string') return [{ path: 'body', message: body.detail }];
  if (!Array.isArray(body.detail)) return [];
  return body.detail.flatMap((issue: unknown) => {
    if (typeof issue !== 'object' || issue === null || !('loc' in issue) || !('msg' in issue)) return [];
    const path = Array.isArray(issue.loc) ? issue.loc.map(String).join('.') : 'body';
    return [{ path, message: String(issue.msg) }];
  });
}
