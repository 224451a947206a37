import type { MiddlewareHandler } from 'hono';
import { mayBeForPeople } from './for-people.rules.ts';
import type { AppEnv } from './route.ts';

/** Shows problems as pages to people who opened an address. What makes the page is loaded for the first of them. */
export function problemPages(): MiddlewareHandler<AppEnv> {
  return async function problemPagesMiddleware(c, next) {
    await next();
    if (!c.res.headers.get('content-type')?.startsWith('application/problem+json')) return;
    if (!mayBeForPeople(c.req.raw.headers, c.req.path)) return;
    const { showProblem } = await import('./show-problem.ts');
    const page = await showProblem(c.req.raw, c.res);
    // Hono keeps the headers of the answer that is replaced, so it is removed first.
    c.res = undefined;
    c.res = page;
  };
}
