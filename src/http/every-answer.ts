import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';

/* What holds for every request and its answer, whatever way it goes. */

export function newRequestId(): string {
  return `req_${crypto.randomUUID()}`;
}

/**
 * The runtime normalizes a request's URL, and the configuration its origin, so a comparison of texts is enough (trust rule 11).
 * @throws {Problem} `misdirected_request`
 */
export function refuseOtherHosts({ config }: Services, url: string): void {
  if (url.startsWith(`${config.url}/`)) return;
  throw new Problem('misdirected_request', { detail: `This gateway answers at ${config.url} only.` });
}

/** What `markAnswer` sets, for an answer of JSON that has no other headers. */
export function headersOfJson(requestId: string) {
  return {
    'content-type': 'application/json',
    'x-request-id': requestId,
    'cache-control': 'private, no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}

/** The headers that every answer has. It is private unless its route says otherwise. */
export function markAnswer(headers: Headers, requestId: string): void {
  headers.set('x-request-id', requestId);
  if (!headers.has('cache-control')) headers.set('cache-control', 'private, no-store');
  headers.set('x-content-type-options', 'nosniff');
  if (!headers.has('referrer-policy')) headers.set('referrer-policy', 'no-referrer');
}
