import * as z from 'zod/mini';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { createdRange, line, mode, page, readInstant, uuid } from '../../http/shapes.ts';
import { adoptPurchase } from './adopt-purchase.ts';
import { dismissPurchase, listUnrouted } from './list-unrouted.ts';

const purchase = z.object({
  kind: z.enum(['order', 'subscription'], 'Must be order or subscription.'),
  id: uuid(),
});

export const getUnrouted = defineRoute({
  method: 'get',
  path: '/admin/unrouted',
  auth: ['operator'],
  query: z.strictObject({
    mode,
    dismissed: z._default(z.enum(['true', 'false'], 'Must be true or false.'), 'false'),
    ...createdRange,
    ...page,
  }),
});

export const postAdoption = defineRoute({
  method: 'post',
  path: '/admin/unrouted/:kind/:id/adopt',
  auth: ['operator'],
  params: purchase,
  body: z.strictObject({ app: line(80) }),
});

export const deleteUnrouted = defineRoute({
  method: 'delete',
  path: '/admin/unrouted/:kind/:id',
  auth: ['operator'],
  params: purchase,
});

export function mountUnrouted(app: App): void {
  mount(app, getUnrouted, async (c, { query: { dismissed, created_after, created_before, ...rest } }) =>
    c.json(
      await listUnrouted(c.get('services'), {
        ...rest,
        dismissed: dismissed === 'true',
        createdAfter: readInstant(created_after),
        createdBefore: readInstant(created_before),
      }),
    ),
  );
  mount(app, postAdoption, async (c, { caller, params, body }) =>
    c.json(await adoptPurchase(c.get('services'), { ...params, app: body.app }, doerOf(c, caller))),
  );
  mount(app, deleteUnrouted, async (c, { caller, params }) => {
    await dismissPurchase(c.get('services'), params, doerOf(c, caller));
    return c.body(null, 204);
  });
}
