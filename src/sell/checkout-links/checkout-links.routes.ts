import * as z from 'zod/mini';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { line, page } from '../../http/shapes.ts';
import { linkSettings } from './link-settings.ts';
import { changeLink, createLink, deleteLink, getLink, listLinks } from './manage-links.ts';

const MAX_LABEL = 200;

export const postLink = defineRoute({
  method: 'post',
  path: '/v1/checkout-links',
  auth: ['secret'],
  scope: 'payments:write',
  idempotent: true,
  body: z.strictObject({ label: z.optional(z.nullable(line(MAX_LABEL))), settings: linkSettings }),
});

export const getLinks = defineRoute({
  method: 'get',
  path: '/v1/checkout-links',
  auth: ['secret'],
  scope: 'payments:read',
  query: z.strictObject(page),
});

const params = z.object({ id: line(64) });

export const getOneLink = defineRoute({
  method: 'get',
  path: '/v1/checkout-links/:id',
  auth: ['secret'],
  scope: 'payments:read',
  params,
});

export const patchLink = defineRoute({
  method: 'patch',
  path: '/v1/checkout-links/:id',
  auth: ['secret'],
  scope: 'payments:write',
  params,
  body: z
    .strictObject({ label: z.optional(z.nullable(line(MAX_LABEL))), settings: z.optional(linkSettings) })
    .check(z.refine((body) => Object.keys(body).length > 0, 'Name at least one field to change.')),
});

export const removeLink = defineRoute({
  method: 'delete',
  path: '/v1/checkout-links/:id',
  auth: ['secret'],
  scope: 'payments:write',
  params,
});

export function mountCheckoutLinks(app: App): void {
  mount(app, postLink, async (c, { caller, body, rawBody }) => {
    const input = { label: body.label ?? null, settings: body.settings };
    const request = { key: c.req.header('idempotency-key'), rawBody, by: doerOf(c, caller) };
    const answer = await createLink(c.get('services'), caller.app, input, request);
    return c.json(answer.body, 201);
  });
  mount(app, getLinks, async (c, { caller, query }) =>
    c.json(await listLinks(c.get('services'), caller.app, query)),
  );
  mount(app, getOneLink, async (c, { caller, params: { id } }) =>
    c.json(await getLink(c.get('services'), caller.app, id)),
  );
  mount(app, patchLink, async (c, { caller, params: { id }, body }) => {
    const { label, settings: wanted } = body;
    const changed = await changeLink(c.get('services'), caller.app, {
      id,
      by: doerOf(c, caller),
      ...(label === undefined ? {} : { label }),
      ...(wanted === undefined ? {} : { settings: wanted }),
    });
    return c.json(changed);
  });
  mount(app, removeLink, async (c, { caller, params: { id } }) => {
    await deleteLink(c.get('services'), caller.app, { id, by: doerOf(c, caller) });
    return c.body(null, 204);
  });
}
