import * as z from 'zod/mini';
import { assignProduct, listProductOwnership } from '../flows/assign-products.ts';
import {
  createApp,
  createKey,
  getApp,
  listApps,
  listKeys,
  revokeKey,
  updateApp,
} from '../flows/manage-apps.ts';
import { type App, defineRoute, mount } from '../route.ts';
import { absoluteUrl, line, list, mode, timestamp, uuid } from './shapes.ts';

const slug = () =>
  line(63).check(
    z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Must be lowercase letters, digits and single hyphens.'),
  );

const origin = () =>
  absoluteUrl().check(
    z.refine(
      (value) => URL.parse(value)?.origin === value,
      'Must be an origin such as https://shop.example.com, with no path.',
    ),
  );

const callbackUrl = () =>
  absoluteUrl().check(
    z.refine((value) => {
      const url = URL.parse(value);
      return (
        url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
      );
    }, 'Must have no user name, query or fragment.'),
  );

const app = z.object({
  id: z.string(),
  slug: z.string(),
  product: z.string(),
  mode,
  name: z.string(),
  origins: z.array(z.string()),
  callback_urls: z.array(z.string()),
  owns_unclaimed: z.boolean(),
  created_at: timestamp,
  updated_at: timestamp,
});
const key = z.object({
  id: z.string(),
  kind: z.enum(['secret', 'publishable']),
  name: z.string(),
  hint: z.string(),
  created_at: timestamp,
  last_used_at: z.nullable(timestamp),
  revoked_at: z.nullable(timestamp),
});
const newKey = z.extend(key, { key: z.string() });
const ownership = z.object({
  id: z.string(),
  mode,
  name: z.string(),
  app: z.nullable(z.string()),
  assigned: z.boolean(),
});

const settings = {
  name: line(100),
  origins: z.array(origin()).check(z.maxLength(20)),
  callback_urls: z
    .array(callbackUrl())
    .check(z.minLength(1, 'Needs at least one URL to send buyers back to.'), z.maxLength(20)),
  owns_unclaimed: z.boolean(),
};

const bySlug = z.object({ app: slug() });
const tag = 'Apps';

export const postApp = defineRoute({
  method: 'post',
  path: '/admin/apps',
  tag,
  auth: ['operator'],
  summary: 'Create an app',
  description:
    'One product’s credentials in one mode. Answers with one secret and one publishable key, shown this once. `webhook_url` makes a first endpoint, whose secret is shown this once too.',
  body: z.strictObject({
    product: slug(),
    mode,
    name: z.optional(settings.name),
    origins: z._default(settings.origins, []),
    callback_urls: settings.callback_urls,
    owns_unclaimed: z._default(settings.owns_unclaimed, false),
    webhook_url: z.optional(absoluteUrl()),
  }),
  responses: {
    201: {
      description: 'The app and its first keys',
      schema: z.extend(app, {
        secret_key: z.string(),
        publishable_key: z.string(),
        webhook_secret: z.optional(z.string()),
      }),
    },
  },
  problems: ['conflict', 'disallowed_url'],
});
export const getApps = defineRoute({
  method: 'get',
  path: '/admin/apps',
  tag,
  auth: ['operator'],
  summary: 'List apps',
  responses: { 200: { description: 'All apps', schema: list(app) } },
});
export const getOneApp = defineRoute({
  method: 'get',
  path: '/admin/apps/:app',
  tag,
  auth: ['operator'],
  summary: 'Read an app',
  params: bySlug,
  responses: { 200: { description: 'The app', schema: app } },
  problems: ['not_found'],
});
export const patchApp = defineRoute({
  method: 'patch',
  path: '/admin/apps/:app',
  tag,
  auth: ['operator'],
  summary: 'Change an app',
  params: bySlug,
  body: z.partial(z.strictObject(settings)),
  responses: { 200: { description: 'The app', schema: app } },
  problems: ['not_found', 'conflict'],
});
export const postKey = defineRoute({
  method: 'post',
  path: '/admin/apps/:app/keys',
  tag,
  auth: ['operator'],
  summary: 'Create a key',
  description: 'Shown this once. An app may have several: make the new one, roll it out, revoke the old one.',
  params: bySlug,
  body: z.strictObject({ kind: z.enum(['secret', 'publishable']), name: z._default(line(100), 'key') }),
  responses: { 201: { description: 'The key', schema: newKey } },
  problems: ['not_found'],
});
export const getKeys = defineRoute({
  method: 'get',
  path: '/admin/apps/:app/keys',
  tag,
  auth: ['operator'],
  summary: 'List keys',
  params: bySlug,
  responses: { 200: { description: 'All keys, revoked ones too', schema: list(key) } },
  problems: ['not_found'],
});
export const deleteKey = defineRoute({
  method: 'delete',
  path: '/admin/apps/:app/keys/:key',
  tag,
  auth: ['operator'],
  summary: 'Revoke a key',
  description: 'At once where this request lands; elsewhere within 30 seconds.',
  params: z.object({ app: slug(), key: line(40) }),
  responses: { 204: { description: 'Revoked' } },
  problems: ['not_found'],
});
export const getOwnership = defineRoute({
  method: 'get',
  path: '/admin/products',
  tag,
  auth: ['operator'],
  summary: 'Who owns which product',
  description: 'Unowned products, whose purchases cannot be routed, have `app: null`.',
  query: z.object({ mode: z.optional(mode) }),
  responses: { 200: { description: 'All products heard of', schema: list(ownership) } },
});
export const putOwnership = defineRoute({
  method: 'post',
  path: '/admin/products/:id/owner',
  tag,
  auth: ['operator'],
  summary: 'Assign a product to an app',
  description:
    'Beats what the product’s metadata and name say. `app: null` takes the assignment back. Events that waited for an owner are applied.',
  params: z.object({ id: uuid() }),
  body: z.strictObject({ mode, app: z.nullable(slug()) }),
  responses: { 200: { description: 'The product', schema: ownership } },
  problems: ['not_found', 'polar_unavailable'],
});

export function mountApps(app: App): void {
  mount(app, postApp, async (c, { body }) => c.json(await createApp(c.get('services'), body), 201));
  mount(app, getApps, async (c) => c.json({ data: await listApps(c.get('services')), next_cursor: null }));
  mount(app, getOneApp, async (c, { params }) => c.json(await getApp(c.get('services'), params.app)));
  mount(app, patchApp, async (c, { params, body }) =>
    c.json(await updateApp(c.get('services'), params.app, body)),
  );
  mount(app, postKey, async (c, { params, body }) =>
    c.json(await createKey(c.get('services'), params.app, body), 201),
  );
  mount(app, getKeys, async (c, { params }) =>
    c.json({ data: await listKeys(c.get('services'), params.app), next_cursor: null }),
  );
  mount(app, deleteKey, async (c, { params }) => {
    await revokeKey(c.get('services'), params.app, params.key);
    return c.body(null, 204);
  });
  mount(app, getOwnership, async (c, { query }) =>
    c.json({ data: await listProductOwnership(c.get('services'), query.mode), next_cursor: null }),
  );
  mount(app, putOwnership, async (c, { params, body }) =>
    c.json(await assignProduct(c.get('services'), { ...body, productId: params.id })),
  );
}
