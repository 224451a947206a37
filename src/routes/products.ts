import { productView } from '../domain/product.ts';
import { listProducts } from '../flows/list-products.ts';
import { requireRegisteredOrigin } from '../middleware/browser-calls.ts';
import { type App, defineRoute, mount } from '../route.ts';
import { callerApp } from './caller.ts';
import { list } from './shapes.ts';

/** A site's prices may be this old. Seconds. */
const FRESH_SECONDS = 60;

export const getProducts = defineRoute({
  method: 'get',
  path: '/v1/products',
  tag: 'Products',
  auth: ['publishable', 'secret'],
  summary: 'List products with prices',
  description:
    'The app’s products that can be bought, by name. A publishable key sees what buyers may see: no private products, private benefits or metadata. A browser may keep the answer for a minute; shared caches must not keep it, since it is the key’s.',
  responses: { 200: { description: 'All products of the app', schema: list(productView) } },
  problems: ['forbidden_origin', 'polar_unavailable', 'polar_failed'],
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
