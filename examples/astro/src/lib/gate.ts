import { type Client, createClient, createGate } from '@floe/kit';
import { resourceOfPage } from './resources.ts';

/** A setting of the running site: one build serves every deployment. @throws when it is missing. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. See docs/content.md.`);
  return value;
}

export const GATEWAY = setting('FLOE_GATEWAY');
export const APP = setting('FLOE_APP');
const SECRET_KEY = setting('FLOE_SECRET_KEY');
const SITE_URL = setting('SITE_URL');
/** How late a refund may close a page, seconds. */
const MAX_AGE = Number(process.env['FLOE_MAX_AGE'] ?? 60);

export const gate = createGate({
  gateway: GATEWAY,
  app: APP,
  secretKey: SECRET_KEY,
  origin: SITE_URL,
  maxAge: MAX_AGE,
  // Only the browser that began a purchase may finish it.
  pkce: true,
  resource: resourceOfPage,
  onError: (error) => console.error(error),
});

/** The gateway, for this site. */
export const floe: Client = createClient({ gateway: GATEWAY, key: SECRET_KEY });

/** The gateway, called with a reader's session. */
export function asReader(session: string): Client {
  return createClient({ gateway: GATEWAY, key: session });
}

/** The public address of one of the site's pages. */
export function addressOf(path: string): string {
  return `${SITE_URL.replace(/\/$/, '')}${path}`;
}

/**
 * A path of this site that a form names; `fallback` when it names another site. `/.//evil.example` is resolved to a
 * path that begins with two slashes, which a browser reads as another host.
 */
export function ownPath(value: unknown, fallback = '/'): string {
  if (typeof value !== 'string' || !value.startsWith('/')) return fallback;
  const home = new URL(SITE_URL);
  const url = URL.parse(value, home);
  return url?.origin === home.origin && !/^\/[/\\]/.test(url.pathname) ? url.pathname : fallback;
}

/** Whether this browser may read a page, by any of what was bought in it. */
export async function mayRead(path: string, { headers }: Request): Promise<boolean> {
  const cookie = headers.get('cookie');
  if (cookie === null) return false;
  const { decision } = await gate(new Request(addressOf(path), { headers: { cookie } }));
  return decision.allow;
}
