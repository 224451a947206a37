import type { App } from '../route.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/** `/openapi.json` and `/docs`: static files made from the mounted routes at build time, see cli/build.ts. */
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
  app.get('/docs', (c) => c.redirect('/docs/', 308));
  app.get('/docs/*', async (c) => {
    const answer = await c.get('services').env.ASSETS.fetch(c.req.raw);
    const copy = new Response(answer.body, answer);
    copy.headers.set('content-security-policy', POLICY);
    copy.headers.set('cache-control', 'public, max-age=300');
    return copy;
  });
}
