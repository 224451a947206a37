import * as z from 'zod/mini';
import { resource } from '../access/access.routes.ts';
import { Problem } from '../base/problem.ts';
import { fitting, page, text, uuid } from '../http/shapes.ts';
import { PRODUCT_SORTS } from './choose-products.rules.ts';
import { listProducts } from './list-products.ts';
import { type App, defineRoute, mount } from '../http/route.ts';

/** How old the prices on a site may be, seconds. */
const FRESH_SECONDS = 60;
/** As long as Polar lets a value of metadata be. */
const MAX_METADATA_CHARS = 500;
const MAX_METADATA_ASKED = 3;

const yesOrNo = () => z.enum(['true', 'false'], 'Must be true or false.');

export const getProducts = defineRoute({
  method: 'get',
  path: '/v1/products',
  auth: ['publishable', 'secret'],
  scope: 'products:read',
  nested: ['metadata'],
  query: z.strictObject({
    resource: z.optional(resource()),
    recurring: z.optional(yesOrNo()),
    archived: z._default(z.enum(['true', 'false', 'any'], 'Must be true, false or any.'), 'false'),
    benefit: z.optional(uuid()),
    collection: z.optional(text(MAX_METADATA_CHARS)),
    content_id: z.optional(text(MAX_METADATA_CHARS)),
    metadata: z.optional(
      z
        .record(text(40), text(MAX_METADATA_CHARS))
        .check(
          z.refine(
            (asked) => Object.keys(asked).length <= MAX_METADATA_ASKED,
            `Must have at most ${MAX_METADATA_ASKED} keys.`,
          ),
        ),
    ),
    sort: z._default(z.enum(PRODUCT_SORTS, `Must be one of ${PRODUCT_SORTS.join(', ')}.`), 'name'),
    // Without it the list is whole, as sites expect that show all of it.
    limit: z.optional(
      z.pipe(fitting(3, /^([1-9]\d?|100)$/, 'Must be a number from 1 to 100.'), z.transform(Number)),
    ),
    cursor: page.cursor,
  }),
});

export function mountProducts(app: App): void {
  mount(app, getProducts, async (c, { caller, query }) => {
    const audience = caller.kind === 'publishable' ? 'public' : 'server';
    if (audience === 'public') refuseToPublic(query);
    const { recurring, archived } = query;
    const answer = await listProducts(c.get('services'), caller.app, {
      audience,
      resource: query.resource,
      filter: {
        metadata: query.metadata,
        recurring: recurring === undefined ? undefined : recurring === 'true',
        archived: archived === 'any' ? undefined : archived === 'true',
        benefit: query.benefit,
        collection: query.collection,
        contentId: query.content_id,
      },
      sort: query.sort,
      limit: query.limit,
      cursor: query.cursor,
    });
    c.header('cache-control', `private, max-age=${FRESH_SECONDS}`);
    c.header('vary', 'Authorization');
    return c.json(answer);
  });
}

/** What a seller notes on a product, or does not sell any more, is not for buyers, so a filter must not tell it either. */
function refuseToPublic({ metadata, archived }: { metadata?: object | undefined; archived: string }): void {
  const path =
    metadata !== undefined ? 'query.metadata' : archived === 'false' ? undefined : 'query.archived';
  if (path === undefined) return;
  const message = 'Only a secret key may ask for this.';
  throw new Problem('validation_failed', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
