import * as z from 'zod/mini';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { fitting, page, wholeNumber } from '../../http/shapes.ts';
import { deleteCursor, getCursor, keepCursor, listCursors } from './keep-cursor.ts';

const MAX_NAME = 64;
const byName = z.object({
  name: fitting(
    MAX_NAME,
    /^[a-z0-9][a-z0-9._-]*$/,
    `Must be a name of at most ${MAX_NAME} small letters, digits, dots, hyphens and underscores, which begins with a letter or digit.`,
  ),
});
const place = wholeNumber(0, Number.MAX_SAFE_INTEGER);

export const getCursors = defineRoute({
  method: 'get',
  path: '/v1/cursors',
  auth: ['secret'],
  scope: 'events:read',
  query: z.strictObject(page),
});
export const getOneCursor = defineRoute({
  method: 'get',
  path: '/v1/cursors/:name',
  auth: ['secret'],
  scope: 'events:read',
  params: byName,
});
export const putCursor = defineRoute({
  method: 'put',
  path: '/v1/cursors/:name',
  auth: ['secret'],
  scope: 'events:read',
  params: byName,
  body: z.strictObject({ sequence: place, expected: z.optional(z.nullable(place)) }),
});
export const deleteOneCursor = defineRoute({
  method: 'delete',
  path: '/v1/cursors/:name',
  auth: ['secret'],
  scope: 'events:read',
  params: byName,
});

export function mountCursors(app: App): void {
  mount(app, getCursors, async (c, { caller, query }) =>
    c.json(await listCursors(c.get('services'), caller.app, query)),
  );
  mount(app, getOneCursor, async (c, { caller, params }) =>
    c.json(await getCursor(c.get('services'), caller.app, params.name)),
  );
  mount(app, putCursor, async (c, { caller, params, body }) =>
    c.json(
      await keepCursor(c.get('services'), caller.app, { name: params.name, expected: undefined, ...body }),
    ),
  );
  mount(app, deleteOneCursor, async (c, { caller, params }) => {
    await deleteCursor(c.get('services'), caller.app, params.name);
    return c.body(null, 204);
  });
}
