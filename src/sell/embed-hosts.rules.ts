import { isLoopback } from '../http/callback-urls.rules.ts';

/** What an organization allows at Polar. */
export interface EmbedHosts {
  /** `shop.example.com`, with a port or not; `*.example.com` is any subdomain; an app's origin with its scheme. Null: not known. */
  hosts: readonly string[] | null;
  /** Null: Polar does not say it, as newer versions do not; then the list counts. */
  isEnforced: boolean | null;
}

/** Names that Polar lets use plain HTTP. */
const LOCAL_NAME = /(^|\.)(localhost|local)$/;
const PRIVATE_ADDRESS = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/;

/** Whether a page of `origin` may embed a checkout. What is not known is not refused: Polar decides when the page is opened. */
export function mayEmbed(origin: string, { hosts, isEnforced }: EmbedHosts): boolean {
  if (hosts === null || isEnforced === false) return true;
  const url = URL.parse(origin);
  if (url === null) return false;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return hosts.includes(origin);
  if (url.protocol === 'http:' && !isLocal(url.hostname)) return false;
  return hosts.some((entry) => matches(url, entry.toLowerCase()));
}

function isLocal(host: string): boolean {
  return isLoopback(host) || LOCAL_NAME.test(host) || PRIVATE_ADDRESS.test(host);
}

function matches(url: URL, entry: string): boolean {
  if (entry.startsWith('*.')) return url.host.endsWith(entry.slice(1));
  return url.host === entry;
}
