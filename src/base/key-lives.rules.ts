/** How long verifiers may keep the published keys. Seconds. */
export const JWKS_LIFETIME_SECONDS = 3600;
/**
 * How long an invocation may still run with the settings it began with, after they were changed: consumers and crons
 * have 15 minutes (Cloudflare, limits of Workers). Seconds.
 */
export const SETTLE_SECONDS = 15 * 60;
/**
 * How long before its `sign_from` a signing key is published: a lifetime in a cache on the way, another one in the
 * verifier, and until no isolate answers without it. Seconds.
 */
export const PUBLISH_SECONDS = 2 * JWKS_LIFETIME_SECONDS + SETTLE_SECONDS;
