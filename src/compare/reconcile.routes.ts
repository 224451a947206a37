import * as z from 'zod/mini';
import {
  cancelReconcile,
  GRACE_SECONDS,
  listReconciles,
  presentRun,
  readReconcile,
  startReconcile,
} from './reconcile.ts';
import { doerOf } from '../http/doer.ts';
import { type App, defineRoute, mount } from '../http/route.ts';
import { mode, page, text } from '../http/shapes.ts';

/** Longer than any webhook takes: Polar's last retry is half an hour after the first. */
const MAX_GRACE_SECONDS = 3_600;

export const scope = z.enum(['recent', 'full']);

export const postReconcile = defineRoute({
  method: 'post',
  path: '/admin/reconcile',
  auth: ['operator'],
  body: z.strictObject({
    mode,
    scope: z._default(scope, 'recent'),
    grace_seconds: z._default(
      z
        .int('Must be a whole number of seconds.')
        .check(
          z.minimum(0, 'Must be 0 or more.'),
          z.maximum(MAX_GRACE_SECONDS, `Must be at most ${MAX_GRACE_SECONDS}.`),
        ),
      GRACE_SECONDS,
    ),
    repair_webhook: z.optional(z.boolean()),
  }),
});
export const getRuns = defineRoute({
  method: 'get',
  path: '/admin/reconcile',
  auth: ['operator'],
  query: z.strictObject({ ...page, mode: z.optional(mode) }),
});
const params = z.object({ id: text(64) });

export const getRun = defineRoute({
  method: 'get',
  path: '/admin/reconcile/:id',
  auth: ['operator'],
  params,
  query: z.strictObject(page),
});
export const postCancel = defineRoute({
  method: 'post',
  path: '/admin/reconcile/:id/cancel',
  auth: ['operator'],
  params,
});

export function mountReconcile(app: App): void {
  mount(app, postReconcile, async (c, { caller, body }) => {
    const services = c.get('services');
    const run = await startReconcile(services, {
      mode: body.mode,
      scope: body.scope,
      by: { ...doerOf(c, caller), actor: 'operator' },
      graceSeconds: body.grace_seconds,
      mayRepairWebhook: body.repair_webhook ?? services.config.repairPolarWebhook,
    });
    return c.json(presentRun(run), 202);
  });
  mount(app, getRuns, async (c, { query }) => c.json(await listReconciles(c.get('services'), query)));
  mount(app, getRun, async (c, { params: { id }, query }) =>
    c.json(await readReconcile(c.get('services'), id, query)),
  );
  mount(app, postCancel, async (c, { caller, params: { id } }) =>
    c.json(await cancelReconcile(c.get('services'), id, doerOf(c, caller))),
  );
}
