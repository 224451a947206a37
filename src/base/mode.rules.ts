/** `live` and `sandbox` are two Polar organizations, with tokens, secrets and keys of their own. They never mix. */
export type Mode = 'live' | 'sandbox';
export const MODES = ['live', 'sandbox'] as const satisfies readonly Mode[];
