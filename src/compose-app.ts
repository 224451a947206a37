import { HonoBase } from 'hono/hono-base';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { answerErrors, answerNotFound } from './http/errors.ts';
import { problemPages } from './http/problem-pages.ts';
import { requestContext } from './http/request-context.ts';
import type { App, AppEnv } from './http/route.ts';
import { createServices, FIRST_ATTEMPTS } from './wiring.ts';

type Router = HonoBase<AppEnv>['router'];

/** An app of HTTP: what holds for every request, then the routes of `parts`, in order. */
export function composeApp(...parts: readonly ((app: App) => void)[]): App {
  // The fastest router can take all paths of a part, so that a part need not load another.
  return composeWith(new RegExpRouter(), ...parts);
}

/** The same with another router, where the paths of several parts would be ambiguous to the fastest. */
export function composeWith(router: Router, ...parts: readonly ((app: App) => void)[]): App {
  const app = new HonoBase<AppEnv>();
  app.router = router;
  app.use('*', problemPages());
  app.use(
    '*',
    requestContext((env, context) => createServices(env, context, FIRST_ATTEMPTS)),
  );
  for (const mountPart of parts) mountPart(app);
  app.onError(answerErrors);
  app.notFound(answerNotFound(app));
  return app;
}
