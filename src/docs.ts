import { Problem } from './base/problem.ts';
import type { App } from './http/route.ts';
import { offerLocalKeys } from './offer-local-keys.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `/openapi.json`, `/docs`, the kit and the script for sites' pages: static files made at build time, see cli/build.ts. */
export function mountDocs(app: App): void {
  app.get('/openapi.json', async (c) => {
    const answer = await c.get('services').env.ASSETS.fetch(c.req.raw);
    return new Response(answer.body, {
      status: answer.status,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'public, max-age=300',
        'access-control-allow-origin': '*',
      },
    });
  });
  // The address never changes, so that pages need not change. Browsers keep the script for an hour, then ask by its
  // ETag.
  app.get('/kit/floe.js', async (c) => {
    const answer = await c.get('services').env.ASSETS.fetch(c.req.raw);
    const copy = new Response(answer.body, answer);
    copy.headers.set('content-type', 'text/javascript; charset=utf-8');
    copy.headers.set('cache-control', 'public, max-age=3600, stale-while-revalidate=86400');
    // Pages load it as a module, which is a CORS request, and it has nothing private in it.
    copy.headers.set('access-control-allow-origin', '*');
    copy.headers.set('cross-origin-resource-policy', 'cross-origin');
    copy.headers.set('x-content-type-options', 'nosniff');
    return copy;
  });
  // The packed kit, as package managers install it from any gateway. Its name has its version.
  app.get('/kit/*', async (c) => {
    const answer = await c.get('services').env.ASSETS.fetch(c.req.raw);
    if (answer.status === 404)
      throw new Problem('not_found', { detail: 'No such file. The kit may be of another version.' });
    const copy = new Response(answer.body, answer);
    copy.headers.set('content-type', 'application/gzip');
    // A gateway that is updated may have other bytes at the same address, and package managers keep what they may.
    copy.headers.set('cache-control', 'public, no-cache');
    copy.headers.set('x-content-type-options', 'nosniff');
    return copy;
  });
  app.get('/docs', (c) => c.redirect('/docs/', 308));
  app.get('/docs/local-keys', (c) => offerLocalKeys(c.get('services'), c.req.raw.headers));
  app.get('/docs/*', async (c) => {
    const answer = await c.get('services').env.ASSETS.fetch(c.req.raw);
    if (answer.status === 404)
      throw new Problem('not_found', { detail: 'The documentation has no such page. It begins at /docs/.' });
    const copy = new Response(answer.body, answer);
    copy.headers.set('content-security-policy', POLICY);
    copy.headers.set('cache-control', 'public, max-age=300');
    return copy;
  });
}
