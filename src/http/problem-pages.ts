import { accepts } from 'hono/accepts';
import { html } from 'hono/html';
import type { MiddlewareHandler } from 'hono';
import * as z from 'zod/mini';
import type { AppEnv } from './route.ts';
import { page, pagePolicy } from './page.ts';

const JSON_TYPE = 'application/problem+json';
const shown = z.object({ title: z.string(), detail: z.optional(z.string()), request_id: z.string() });

/**
 * For addresses that people open: shows a problem as a small page with the same status to clients that prefer HTML. The
 * page for 503 and 429 reloads itself.
 */
export function problemPages(): MiddlewareHandler<AppEnv> {
  return async function problemPagesMiddleware(c, next) {
    await next();
    if (!c.res.headers.get('content-type')?.startsWith(JSON_TYPE)) return;
    c.res.headers.append('vary', 'Accept');
    const preferred = accepts(c, {
      header: 'Accept',
      supports: [JSON_TYPE, 'application/json', 'text/html'],
      default: JSON_TYPE,
    });
    if (preferred !== 'text/html') return;
    const problem = shown.parse(await c.res.json());
    const { status } = c.res;
    const retryAfter = c.res.headers.get('retry-after');
    const headers = new Headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': pagePolicy(),
      'cache-control': 'no-store',
      vary: 'Accept',
    });
    if (retryAfter !== null) {
      headers.set('retry-after', retryAfter);
      headers.set('refresh', retryAfter);
    }
    // Hono keeps the headers of the answer that is replaced, so it is removed first.
    c.res = undefined;
    c.res = new Response(String(await render(problem, retryAfter !== null)), { status, headers });
  };
}

function render(problem: z.output<typeof shown>, mayTryAgain: boolean) {
  return page(
    problem.title,
    html`<h1>${problem.title}</h1>
      <p>${problem.detail ?? 'Please go back and try again.'}</p>
      ${mayTryAgain ? html`<p>This page tries again by itself. <a href="">Try again now</a></p>` : ''}
      <small>${problem.request_id}</small>`,
  );
}
