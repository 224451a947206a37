import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { type Html, pagePolicy } from '../http/page.ts';
import { prefersHtml } from '../http/prefers-html.ts';
import type { App, AppContext } from '../http/route.ts';
import { consolePage, homePage } from './home-views.routes.ts';
import { findLocalSites } from './local-sites.ts';

/** Pages at addresses that people try. Programs are told that there is nothing (404), as at any such address. */
export function mountHome(app: App): void {
  app.get('/', async (c) => {
    requireReader(c);
    const services = c.get('services');
    return show(c, homePage(await sitesOf(services)));
  });
  app.get('/console', (c) => {
    requireReader(c);
    return show(c, consolePage(c.get('services').config.url));
  });
  for (const path of ['/', '/console']) {
    app.all(path, () => {
      throw new Problem('method_not_allowed', { allow: ['GET', 'HEAD'] });
    });
  }
}

/** Undefined where nobody develops: which sites a gateway sells for is nobody else's business. */
async function sitesOf(services: Services) {
  return services.config.development ? findLocalSites(services) : undefined;
}

/** @throws {Problem} `not_found` for whoever does not prefer HTML. */
function requireReader(c: AppContext): void {
  if (prefersHtml(c.req.header('accept'))) return;
  throw new Problem('not_found', { detail: 'Only a page for people is here. /docs lists all addresses.' });
}

async function show(c: AppContext, body: Html): Promise<Response> {
  return c.body(String(await body), 200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pagePolicy(),
    'cache-control': 'no-store',
    vary: 'Accept',
  });
}
