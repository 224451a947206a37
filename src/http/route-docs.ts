import type { $ZodType } from 'zod/v4/core';
import type { ProblemCode } from '../base/problem.ts';
import { type AnyRouteSpec, readsQuery } from './route.ts';
import type { TagName } from './tags.docs.ts';

/** One answer of a route. */
export interface AnswerDocs {
  description: string;
  /** Of JSON: what the tests hold each answer against. */
  schema?: $ZodType;
  /** Of what is no JSON; several where the caller chooses. */
  contentType?: string | readonly string[];
  /** Headers that it always has, and what they say. */
  headers?: Readonly<Record<string, string>>;
}

/**
 * What `/openapi.json` says of a route beyond what validates its requests. In files of their own (`*.docs.ts`)
 * that only the build imports: prose and response schemas would be a tenth of the Worker. See ADR 6.
 */
export interface RouteDocs {
  /** Its name in clients that are generated from `/openapi.json`: a verb and a noun. It never changes. */
  id: string;
  tag: TagName;
  summary: string;
  description?: string;
  responses: Readonly<Record<number, AnswerDocs>>;
  /**
   * The problems that it may answer with, besides those of validation, authentication and size, which follow from the
   * route.
   */
  problems?: readonly ProblemCode[];
  /** People open it: whoever prefers HTML gets its problems as a page. */
  problemPages?: boolean;
}

export type DocumentedRoute = readonly [AnyRouteSpec, RouteDocs];

/** Ties declared routes to their documentation. Types only: it returns what it is given. */
export function document(routes: readonly DocumentedRoute[]): readonly DocumentedRoute[] {
  return routes;
}

/** What any address may answer: the gateway or its database is away, or this is not its host. */
export const PROBLEMS_ANYWHERE: readonly ProblemCode[] = [
  'internal_error',
  'unavailable',
  'misdirected_request',
];

/** Headers that every problem of a status has. */
export const PROBLEM_HEADERS: Readonly<Record<number, AnswerDocs['headers']>> = {
  401: { 'WWW-Authenticate': 'How to say who calls (RFC 9110 §11.6.1)' },
  429: { 'Retry-After': 'In how many seconds asking again makes sense' },
};

/** Every problem of a route: those it names, and those that follow from how it is declared. */
export function problemsOf(route: AnyRouteSpec, docs: RouteDocs): ProblemCode[] {
  const codes: ProblemCode[] = [...(docs.problems ?? [])];
  // Whatever asks Polar may find that the token lacks a scope for it.
  if (codes.includes('polar_unavailable')) codes.push('polar_scope_missing');
  if (route.auth.length > 0) codes.push('unauthorized', 'forbidden_key');
  if (route.auth.some((kind) => kind === 'publishable' || kind === 'session')) codes.push('forbidden_origin');
  if (route.params || readsQuery(route) || route.body || route.form) codes.push('validation_failed');
  if (route.body) codes.push('invalid_json', 'payload_too_large', 'unsupported_media_type');
  if (route.form)
    codes.push('forbidden_origin', 'invalid_form', 'payload_too_large', 'unsupported_media_type');
  if (route.idempotent) codes.push('idempotency_in_progress', 'idempotency_mismatch');
  return [...new Set(codes)];
}
