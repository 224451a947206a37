import { Problem } from '../base/problem.ts';
import type { AppContext } from './route.ts';

/** Only Cloudflare's header counts, since a client can write the others itself (trust rule 11). */
export function addressOf(c: AppContext): string {
  return c.req.header('cf-connecting-ip') ?? 'unknown';
}

/**
 * HEAD and speculative loading must not open a checkout or a portal, or use up a nonce, since nobody has clicked yet. A
 * browser discards a refused prefetch and asks again on a click; a 2xx or 3xx it would use.
 */
export function refuseLookahead(c: AppContext): Response | undefined {
  if (c.req.method === 'HEAD') return c.body(null, 204);
  const isPrefetch = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].some((name) =>
    /prefetch|preview/i.test(c.req.header(name) ?? ''),
  );
  if (!isPrefetch) return undefined;
  throw new Problem('method_not_allowed', {
    detail: 'This link acts when it is followed, not when it is prefetched.',
  });
}

/**
 * For links that only a person may follow: also refuses requests for an image, a frame or a script. Otherwise any page
 * could make its visitors open checkouts, or use a cookie that goes along with a sibling domain's request. Browsers
 * that do not say what a request is for are let through, and so are programs.
 */
export function refuseUnlessFollowed(c: AppContext): Response | undefined {
  const answer = refuseLookahead(c);
  if (answer) return answer;
  if ((c.req.header('sec-fetch-dest') ?? 'document') === 'document') return undefined;
  throw new Problem('forbidden_origin', { detail: 'Open this address in a tab of its own.' });
}

/** 303, whatever the method was. The address may have a secret in it, so no cache keeps it and no Referer has it. */
export function redirect(c: AppContext, location: string): Response {
  return c.body(null, 303, {
    location,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  });
}
