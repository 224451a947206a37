import * as z from 'zod/mini';
import { resource } from '../access/access.routes.ts';
import { listProducts } from './list-products.ts';
import { type App, defineRoute, mount } from '../http/route.ts';

/** How old the prices on a site may be, seconds. */
const FRESH_SECONDS = 60;

export const getProducts = defineRoute({
  method: 'get',
  path: '/v1/products',
  auth: ['publishable', 'secret'],
  scope: 'products:read',
  query: z.strictObject({ resource: z.optional(resource()) }),
});

export function mountProducts(app: App): void {
  mount(app, getProducts, async (c, { caller, query }) => {
    const audience = caller.kind === 'publishable' ? 'public' : 'server';
    const data = await listProducts(c.get('services'), caller.app, {
      audience,
      resource: query.resource,
    });
    c.header('cache-control', `private, max-age=${FRESH_SECONDS}`);
    c.header('vary', 'Authorization');
    return c.json({ data, next_cursor: null });
  });
}
