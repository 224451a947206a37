import * as z from 'zod/mini';
import { MAX_EVENT_FILTERS } from '../../base/event-filter.rules.ts';
import type { ReplayRequest } from './commit-replays.ts';
import { replayDelivery, replayEvent } from './replay-deliveries.ts';
import { replayInBulk } from './replay-in-bulk.ts';
import { doerOf } from '../../http/doer.ts';
import type { Caller } from '../../http/identify-caller.ts';
import { type App, type AppContext, defineRoute, mount } from '../../http/route.ts';
import { eventFilter, instant, line, readInstant, text } from '../../http/shapes.ts';

const byId = z.object({ id: text(64) });

export const postDeliveryReplay = defineRoute({
  method: 'post',
  path: '/v1/deliveries/:id/replay',
  auth: ['secret'],
  scope: 'webhooks:write',
  idempotent: true,
  params: byId,
  body: z.strictObject({}),
  bodyOptional: true,
});
export const postEventReplay = defineRoute({
  method: 'post',
  path: '/v1/events/:id/replay',
  auth: ['secret'],
  scope: 'webhooks:write',
  idempotent: true,
  params: byId,
  body: z.strictObject({ endpoint_id: z.optional(line(64)) }),
  bodyOptional: true,
});
export const postRecover = defineRoute({
  method: 'post',
  path: '/v1/webhook-endpoints/:id/recover',
  auth: ['secret'],
  scope: 'webhooks:write',
  idempotent: true,
  params: byId,
  body: z.strictObject({ since: instant(), dry_run: z._default(z.boolean(), false) }),
});
export const postBulkReplay = defineRoute({
  method: 'post',
  path: '/v1/replays',
  auth: ['secret'],
  scope: 'webhooks:write',
  idempotent: true,
  body: z
    .strictObject({
      endpoint_id: z.optional(line(64)),
      status: z._default(
        z.enum(['failed', 'succeeded', 'pending'], 'Must be failed, succeeded or pending.'),
        'failed',
      ),
      types: z.optional(
        z
          .array(eventFilter())
          .check(
            z.minLength(1, 'Needs at least one event type. Leave it out for all.'),
            z.maxLength(MAX_EVENT_FILTERS, `Must have at most ${MAX_EVENT_FILTERS} entries.`),
          ),
      ),
      since: z.optional(instant()),
      until: z.optional(instant()),
      dry_run: z._default(z.boolean(), false),
    })
    .check(
      z.refine((body) => body.endpoint_id !== undefined || body.since !== undefined, {
        error: 'Give since, endpoint_id or both.',
        path: ['since'],
      }),
      z.refine(
        ({ since, until }) =>
          since === undefined || until === undefined || Date.parse(since) < Date.parse(until),
        { error: 'Must be later than since.', path: ['until'] },
      ),
    ),
});

export function mountReplays(app: App): void {
  mount(app, postDeliveryReplay, async (c, { caller, params, rawBody }) => {
    const request = requestOf(c, caller, postDeliveryReplay.path, rawBody);
    return c.json((await replayDelivery(c.get('services'), caller.app, params.id, request)).body, 202);
  });
  mount(app, postEventReplay, async (c, { caller, params, body, rawBody }) => {
    const request = requestOf(c, caller, postEventReplay.path, rawBody);
    const what = { id: params.id, endpointId: body.endpoint_id };
    return c.json((await replayEvent(c.get('services'), caller.app, what, request)).body, 202);
  });
  mount(app, postRecover, async (c, { caller, params, body, rawBody }) => {
    const request = requestOf(c, caller, postRecover.path, rawBody);
    const { since, dry_run: dryRun } = body;
    const what = { endpointId: params.id, status: 'failed', since: Date.parse(since), dryRun } as const;
    const answer = await replayInBulk(c.get('services'), caller.app, what, request);
    return c.json(answer.body, dryRun ? 200 : 202);
  });
  mount(app, postBulkReplay, async (c, { caller, body, rawBody }) => {
    const request = requestOf(c, caller, postBulkReplay.path, rawBody);
    const { endpoint_id: endpointId, dry_run: dryRun, since, until, ...filter } = body;
    const what = { ...filter, endpointId, since: readInstant(since), until: readInstant(until), dryRun };
    const answer = await replayInBulk(c.get('services'), caller.app, what, request);
    return c.json(answer.body, dryRun ? 200 : 202);
  });
}

function requestOf(c: AppContext, caller: Caller<'secret'>, path: string, rawBody: string): ReplayRequest {
  const by = doerOf(c, caller);
  return { by, route: `POST ${path}`, path: c.req.path, key: c.req.header('idempotency-key'), rawBody };
}
