/** What proxies ask on behalf of a visitor, with the headers of that visitor's browser. */
const ASKED_BY_PROXIES = '/v1/access/forward-auth';
const FOR_PROGRAMS = /^\/(v1|admin|webhooks)\//;

/**
 * Whether a person may have opened an address, so that a problem is to be shown as a page. Addresses that programs call
 * are only shown so to browsers that say that they navigate: a program may accept HTML without a thought.
 */
export function mayBeForPeople(headers: Headers, path: string): boolean {
  if (!headers.get('accept')?.includes('text/html') || path === ASKED_BY_PROXIES) return false;
  return !FOR_PROGRAMS.test(path) || headers.get('sec-fetch-mode') === 'navigate';
}
