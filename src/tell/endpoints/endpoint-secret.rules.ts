/** The name that an endpoint's encrypted secret is bound to, so that it cannot be decrypted in another row. */
export function secretContext(endpointId: string): string {
  return `endpoint:${endpointId}`;
}

/** The same for its sealed URL. */
export function urlContext(endpointId: string): string {
  return `endpoint-url:${endpointId}`;
}
