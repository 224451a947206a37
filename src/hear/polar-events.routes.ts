import * as z from 'zod/mini';
import { listPolarEvents, readPolarEvent } from './list-polar-events.ts';
import { reapplyPolarEvent, reapplyInBulk } from './reapply-on-demand.ts';
import { doerOf } from '../http/doer.ts';
import { type App, defineRoute, mount } from '../http/route.ts';
import { createdRange, instant, line, mode, page, readInstant, text } from '../http/shapes.ts';

export const status = z.enum(
  ['applied', 'unrouted', 'failed', 'pending'],
  'Must be failed, unrouted, pending or applied.',
);

const byId = z.object({ id: text(64) });

export const getPolarEvents = defineRoute({
  method: 'get',
  path: '/admin/polar-events',
  auth: ['operator'],
  query: z.strictObject({
    ...page,
    status: z.optional(status),
    mode: z.optional(mode),
    type: z.optional(line(100)),
    ...createdRange,
  }),
});
export const getPolarEvent = defineRoute({
  method: 'get',
  path: '/admin/polar-events/:id',
  auth: ['operator'],
  params: byId,
});
export const postReapply = defineRoute({
  method: 'post',
  path: '/admin/polar-events/:id/reapply',
  auth: ['operator'],
  params: byId,
  body: z.strictObject({}),
  bodyOptional: true,
});
export const postBulkReapply = defineRoute({
  method: 'post',
  path: '/admin/reapply',
  auth: ['operator'],
  body: z.strictObject({
    mode,
    status: z._default(z.enum(['failed', 'unrouted'], 'Must be failed or unrouted.'), 'failed'),
    type: z.optional(line(100)),
    since: z.optional(instant()),
    until: z.optional(instant()),
    cursor: z.optional(line(400)),
    dry_run: z._default(z.boolean(), false),
  }),
});

export function mountPolarEvents(app: App): void {
  mount(app, getPolarEvents, async (c, { query: { created_after, created_before, ...rest } }) =>
    c.json(
      await listPolarEvents(c.get('services'), {
        ...rest,
        since: readInstant(created_after),
        until: readInstant(created_before),
      }),
    ),
  );
  mount(app, getPolarEvent, async (c, { caller, params }) =>
    c.json(await readPolarEvent(c.get('services'), params.id, doerOf(c, caller))),
  );
  mount(app, postReapply, async (c, { caller, params }) =>
    c.json(await reapplyPolarEvent(c.get('services'), params.id, doerOf(c, caller)), 202),
  );
  mount(app, postBulkReapply, async (c, { caller, body: { since, until, dry_run: dryRun, ...rest } }) => {
    const what = { ...rest, since: readInstant(since), until: readInstant(until), dryRun };
    return c.json(await reapplyInBulk(c.get('services'), what, doerOf(c, caller)), dryRun ? 200 : 202);
  });
}
