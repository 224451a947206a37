import type { $ZodType } from 'zod/v4/core';
import type { ProblemCode } from '../base/problem.ts';
import type { AnyRouteSpec } from './route.ts';

/**
 * What `/openapi.json` says of a route beyond what validates its requests. In files of their own (`*.docs.ts`)
 * that only the build imports: prose and response schemas would be a tenth of the Worker. See ADR 6.
 */
export interface RouteDocs {
  tag: string;
  summary: string;
  description?: string;
  responses: Record<number, { description: string; schema?: $ZodType; contentType?: string }>;
  /**
   * The problems that it may answer with, besides those of validation, authentication and size, which follow from the
   * route.
   */
  problems?: readonly ProblemCode[];
}

export type DocumentedRoute = readonly [AnyRouteSpec, RouteDocs];

/** Ties declared routes to their documentation. Types only: it returns what it is given. */
export function document(routes: readonly DocumentedRoute[]): readonly DocumentedRoute[] {
  return routes;
}
