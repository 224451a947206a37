import { listProducts } from './list-products.ts';
import { requireRegisteredOrigin } from '../http/browser-calls.ts';
import { type App, defineRoute, mount } from '../http/route.ts';
import { callerApp } from '../http/caller.ts';

/** How old the prices on a site may be, seconds. */
const FRESH_SECONDS = 60;

export const getProducts = defineRoute({
  method: 'get',
  path: '/v1/products',
  auth: ['publishable', 'secret'],
});

export function mountProducts(app: App): void {
  mount(app, getProducts, async (c) => {
    const isPublic = c.get('principal').kind === 'publishable';
    const owner = callerApp(c);
    if (isPublic) requireRegisteredOrigin(c.req.header('origin'), owner.origins);
    const data = await listProducts(c.get('services'), owner, isPublic ? 'public' : 'server');
    c.header('cache-control', `private, max-age=${FRESH_SECONDS}`);
    c.header('vary', 'Authorization');
    return c.json({ data, next_cursor: null });
  });
}
