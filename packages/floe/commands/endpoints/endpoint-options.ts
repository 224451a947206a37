import type { Api } from '../../../kit/api.ts';

type Matches = NonNullable<Api['POST /v1/webhook-endpoints']['body']['match']> | null;

/** What create and update have in common. */
export interface EndpointOptions {
  match?: Record<string, unknown> | null | undefined;
  event?: string[] | undefined;
  description?: string | undefined;
  ordering?: 'none' | 'payment' | undefined;
  rateLimit?: number | 'none' | undefined;
}

/** The options that were given, as the API has them. */
export function bodyOf({ event, match, description, ordering, rateLimit }: EndpointOptions) {
  return {
    ...(match === undefined ? {} : { match: match as Matches }),
    ...(event === undefined ? {} : { events: event }),
    ...(description === undefined ? {} : { description }),
    ...(ordering === undefined ? {} : { ordering }),
    ...(rateLimit === undefined ? {} : { rate_limit: rateLimit === 'none' ? null : rateLimit }),
  };
}
