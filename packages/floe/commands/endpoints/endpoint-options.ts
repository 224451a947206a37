/** What create and update have in common. */
export interface EndpointOptions {
  event?: string[] | undefined;
  description?: string | undefined;
  ordering?: 'none' | 'payment' | undefined;
  rateLimit?: number | 'none' | undefined;
}

/** The options that were given, as the API has them. */
export function bodyOf({ event, description, ordering, rateLimit }: EndpointOptions) {
  return {
    ...(event === undefined ? {} : { events: event }),
    ...(description === undefined ? {} : { description }),
    ...(ordering === undefined ? {} : { ordering }),
    ...(rateLimit === undefined ? {} : { rate_limit: rateLimit === 'none' ? null : rateLimit }),
  };
}
