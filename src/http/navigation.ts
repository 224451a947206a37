import { Problem } from '../base/problem.ts';
import type { AppContext } from './route.ts';

/** Only what Cloudflare says (trust rule 11): other headers are the client's own words. */
export function addressOf(c: AppContext): string {
  return c.req.header('cf-connecting-ip') ?? 'unknown';
}

/**
 * HEAD and speculative loading must not open a checkout or a portal, or use up a nonce: nobody has clicked yet. A browser throws a
 * refused prefetch away and asks again when somebody does; a 2xx or 3xx it would use.
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
 * For links that only a person follows: also refuses what a page asks for without one, as an image, in a frame, by a
 * script. Any page could have its visitors open checkouts, or use a cookie that a sibling domain's request carries.
 * Browsers that do not say what for are believed, and so are programs.
 */
export function refuseUnlessFollowed(c: AppContext): Response | undefined {
  const answer = refuseLookahead(c);
  if (answer) return answer;
  if ((c.req.header('sec-fetch-dest') ?? 'document') === 'document') return undefined;
  throw new Problem('forbidden_origin', { detail: 'Open this address in a tab of its own.' });
}

/** 303, whatever the method was. The address holds a secret: nothing keeps it, no Referer tells it on. */
export function redirect(c: AppContext, location: string): Response {
  return c.body(null, 303, {
    location,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  });
}
