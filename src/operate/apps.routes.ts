import * as z from 'zod/mini';
import { assignProduct, listProductOwnership } from '../sell/assign-products.ts';
import { updateApp } from './change-app.ts';
import { createApp } from './create-app.ts';
import { getApp, listApps } from './list-apps.ts';
import { createKey } from './create-key.ts';
import { listKeys } from './list-keys.ts';
import { endKey } from './end-key.ts';
import { revokeKey } from './revoke-key.ts';
import { doerOf } from '../http/doer.ts';
import { KEY_SCOPES } from '../http/key-scopes.rules.ts';
import { type App, defineRoute, mount } from '../http/route.ts';
import { absoluteUrl, instant, line, mode, readInstant, uuid, wholeNumber } from '../http/shapes.ts';

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

/** Longer than Polar tries to charge a renewal, and than a month's notice. */
const MAX_DAYS = 60;

const settings = {
  name: line(100),
  origins: z.array(origin()).check(z.maxLength(20)),
  callback_urls: z
    .array(callbackUrl())
    .check(z.minLength(1, 'Needs at least one URL to send buyers back to.'), z.maxLength(20)),
  owns_unclaimed: z.boolean(),
  past_due_grace_days: wholeNumber(0, MAX_DAYS),
  ending_notice_days: wholeNumber(0, MAX_DAYS),
  allows_foreign_codes: z.boolean(),
  dispute_access: z.enum(['keep', 'suspend'], 'Must be keep or suspend.'),
};

const bySlug = z.object({ app: slug() });

export const postApp = defineRoute({
  method: 'post',
  path: '/admin/apps',
  auth: ['operator'],
  body: z.strictObject({
    product: slug(),
    mode,
    name: z.optional(settings.name),
    origins: z._default(settings.origins, []),
    callback_urls: settings.callback_urls,
    owns_unclaimed: z._default(settings.owns_unclaimed, false),
    past_due_grace_days: z.optional(settings.past_due_grace_days),
    ending_notice_days: z.optional(settings.ending_notice_days),
    allows_foreign_codes: z._default(settings.allows_foreign_codes, false),
    dispute_access: z.optional(settings.dispute_access),
    webhook_url: z.optional(absoluteUrl()),
  }),
});
export const getApps = defineRoute({
  method: 'get',
  path: '/admin/apps',
  auth: ['operator'],
});
export const getOneApp = defineRoute({
  method: 'get',
  path: '/admin/apps/:app',
  auth: ['operator'],
  params: bySlug,
});
export const patchApp = defineRoute({
  method: 'patch',
  path: '/admin/apps/:app',
  auth: ['operator'],
  params: bySlug,
  body: z.partial(z.strictObject(settings)),
});
export const postKey = defineRoute({
  method: 'post',
  path: '/admin/apps/:app/keys',
  auth: ['operator'],
  idempotent: true,
  params: bySlug,
  body: z
    .strictObject({
      kind: z.enum(['secret', 'publishable']),
      name: z._default(line(100), 'key'),
      scopes: z.optional(
        z
          .array(z.enum(KEY_SCOPES, `Must be one of ${KEY_SCOPES.join(', ')}.`))
          .check(
            z.minLength(1, 'Name one at least, or leave scopes out for a key that may do everything.'),
            z.maxLength(KEY_SCOPES.length),
          ),
      ),
      expires_at: z.optional(instant()),
    })
    .check(
      z.refine(({ kind, scopes }) => kind === 'secret' || scopes === undefined, {
        path: ['scopes'],
        error: 'A publishable key takes no scopes.',
      }),
    ),
});
export const getKeys = defineRoute({
  method: 'get',
  path: '/admin/apps/:app/keys',
  auth: ['operator'],
  params: bySlug,
});
export const patchKey = defineRoute({
  method: 'patch',
  path: '/admin/apps/:app/keys/:key',
  auth: ['operator'],
  params: z.object({ app: slug(), key: line(40) }),
  body: z.strictObject({ expires_at: instant() }),
});
export const deleteKey = defineRoute({
  method: 'delete',
  path: '/admin/apps/:app/keys/:key',
  auth: ['operator'],
  params: z.object({ app: slug(), key: line(40) }),
});
export const getOwnership = defineRoute({
  method: 'get',
  path: '/admin/products',
  auth: ['operator'],
  query: z.strictObject({ mode: z.optional(mode) }),
});
export const putOwnership = defineRoute({
  method: 'post',
  path: '/admin/products/:id/owner',
  auth: ['operator'],
  params: z.object({ id: uuid() }),
  body: z.strictObject({ mode, app: z.nullable(slug()) }),
});

export function mountApps(app: App): void {
  mount(app, postApp, async (c, { caller, body }) =>
    c.json(await createApp(c.get('services'), body, doerOf(c, caller)), 201),
  );
  mount(app, getApps, async (c) => c.json({ data: await listApps(c.get('services')), next_cursor: null }));
  mount(app, getOneApp, async (c, { params }) => c.json(await getApp(c.get('services'), params.app)));
  mount(app, patchApp, async (c, { caller, params, body }) =>
    c.json(await updateApp(c.get('services'), params.app, body, doerOf(c, caller))),
  );
  mount(app, postKey, async (c, { caller, params, body, rawBody }) => {
    const request = { key: c.req.header('idempotency-key'), rawBody, by: doerOf(c, caller) };
    const { expires_at: end, ...key } = body;
    const asked = { ...key, expiresAt: readInstant(end) };
    const made = await createKey(c.get('services'), params.app, asked, request);
    return c.json(made.body, 201);
  });
  mount(app, getKeys, async (c, { params }) =>
    c.json({ data: await listKeys(c.get('services'), params.app), next_cursor: null }),
  );
  mount(app, patchKey, async (c, { caller, params, body }) =>
    c.json(await endKey(c.get('services'), params, Date.parse(body.expires_at), doerOf(c, caller))),
  );
  mount(app, deleteKey, async (c, { caller, params }) => {
    await revokeKey(c.get('services'), params.app, params.key, doerOf(c, caller));
    return c.body(null, 204);
  });
  mount(app, getOwnership, async (c, { query }) =>
    c.json({ data: await listProductOwnership(c.get('services'), query.mode), next_cursor: null }),
  );
  mount(app, putOwnership, async (c, { caller, params, body }) =>
    c.json(await assignProduct(c.get('services'), { ...body, productId: params.id }, doerOf(c, caller))),
  );
}
