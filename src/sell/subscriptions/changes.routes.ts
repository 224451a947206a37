import * as z from 'zod/mini';
import { doerOf } from '../../http/doer.ts';
import type { Caller } from '../../http/identify-caller.ts';
import { type App, type AppContext, defineRoute, mount } from '../../http/route.ts';
import { fingerprintOf } from '../../http/idempotency.ts';
import { fitting, instant, lines, uuid, wholeNumber } from '../../http/shapes.ts';
import { changeSubscription } from './change-subscription.ts';
import { previewSubscriptionChange } from './preview-change.ts';
import { CANCELLATION_REASONS, type Change } from './changes.rules.ts';

const MAX_COMMENT = 1_000;
const MAX_COUNT = 1_000_000;

/** What all of them have in common. */
const onSubscription = {
  auth: ['secret'],
  scope: 'subscriptions:write',
  params: z.object({ id: uuid() }),
  idempotent: true,
} as const;

/** When the difference is charged. */
const proration = z.optional(
  z.enum(['invoice', 'prorate', 'next_period'], 'Must be invoice, prorate or next_period.'),
);

export const postCancel = defineRoute({
  ...onSubscription,
  method: 'post',
  path: '/v1/subscriptions/:id/cancel',
  body: z.strictObject({
    at: z.enum(['now', 'period_end'], 'Must be now or period_end.'),
    reason: z.optional(z.enum(CANCELLATION_REASONS, `Must be one of ${CANCELLATION_REASONS.join(', ')}.`)),
    comment: z.optional(lines(MAX_COMMENT)),
  }),
});
export const postUncancel = defineRoute({
  ...onSubscription,
  method: 'post',
  path: '/v1/subscriptions/:id/uncancel',
  body: z.strictObject({}),
  bodyOptional: true,
});
export const postPause = defineRoute({
  ...onSubscription,
  method: 'post',
  path: '/v1/subscriptions/:id/pause',
  body: z.strictObject({ resumes_at: z.optional(instant()) }),
  bodyOptional: true,
});
export const postResume = defineRoute({
  ...onSubscription,
  method: 'post',
  path: '/v1/subscriptions/:id/resume',
  body: z.strictObject({}),
  bodyOptional: true,
});
export const postChange = defineRoute({
  ...onSubscription,
  method: 'post',
  path: '/v1/subscriptions/:id/change',
  body: z.strictObject({ product_id: uuid(), proration }),
});
export const postSeats = defineRoute({
  ...onSubscription,
  method: 'post',
  path: '/v1/subscriptions/:id/seats',
  body: z.strictObject({ seats: wholeNumber(1, MAX_COUNT), proration }),
});
export const postUnits = defineRoute({
  ...onSubscription,
  method: 'post',
  path: '/v1/subscriptions/:id/units',
  body: z.strictObject({ units: wholeNumber(1, MAX_COUNT), proration }),
});
export const postDiscount = defineRoute({
  ...onSubscription,
  method: 'post',
  path: '/v1/subscriptions/:id/discount',
  body: z.strictObject({ discount_id: z.nullable(uuid()) }),
});
export const postTrial = defineRoute({
  ...onSubscription,
  method: 'post',
  path: '/v1/subscriptions/:id/trial',
  body: z.strictObject({ trial_end: z.union([fitting(3, /^now$/, 'Must be a time or now.'), instant()]) }),
});
export const deleteSubscription = defineRoute({
  ...onSubscription,
  method: 'delete',
  path: '/v1/subscriptions/:id',
});

export const postPreview = defineRoute({
  method: 'post',
  path: '/v1/subscriptions/:id/preview',
  auth: ['secret'],
  scope: 'subscriptions:read',
  params: z.object({ id: uuid() }),
  body: z
    .strictObject({
      product_id: z.optional(uuid()),
      seats: z.optional(wholeNumber(1, MAX_COUNT)),
      proration,
    })
    .check(
      z.refine((body) => (body.product_id === undefined) !== (body.seats === undefined), {
        error: 'Give product_id or seats, one of both.',
        path: ['product_id'],
      }),
    ),
});

export function mountSubscriptionChanges(app: App): void {
  mount(app, postCancel, (c, { body, ...input }) =>
    answer(c, input, {
      kind: 'cancel',
      at: body.at,
      ...(body.reason === undefined ? {} : { reason: body.reason }),
      ...(body.comment === undefined ? {} : { comment: body.comment }),
    }),
  );
  mount(app, postUncancel, (c, input) => answer(c, input, { kind: 'uncancel' }));
  mount(app, postPause, (c, { body, ...input }) => {
    const { resumes_at: at } = body;
    return answer(c, input, { kind: 'pause', resumesAt: at === undefined ? null : Date.parse(at) });
  });
  mount(app, postResume, (c, input) => answer(c, input, { kind: 'resume' }));
  mount(app, postChange, (c, { body, ...input }) =>
    answer(c, input, { kind: 'product', productId: body.product_id, ...whenCharged(body) }),
  );
  mount(app, postSeats, (c, { body, ...input }) =>
    answer(c, input, { kind: 'seats', seats: body.seats, ...whenCharged(body) }),
  );
  mount(app, postUnits, (c, { body, ...input }) =>
    answer(c, input, { kind: 'units', units: body.units, ...whenCharged(body) }),
  );
  mount(app, postDiscount, (c, { body, ...input }) =>
    answer(c, input, { kind: 'discount', discountId: body.discount_id }),
  );
  mount(app, postTrial, (c, { body, ...input }) => {
    const { trial_end: end } = body;
    return answer(c, input, { kind: 'trial', trialEnd: end === 'now' ? end : Date.parse(end) });
  });
  mount(app, postPreview, async (c, { caller, params, body }) => {
    const { product_id: productId, seats, proration: when } = body;
    const asked = { productId, seats, proration: when };
    return c.json(await previewSubscriptionChange(c.get('services'), caller.app, params.id, asked));
  });
  mount(app, deleteSubscription, (c, input) => answer(c, input, { kind: 'cancel', at: 'now' }));
}

function whenCharged(body: { proration?: z.output<typeof proration> }) {
  return body.proration === undefined ? {} : { proration: body.proration };
}

async function answer(
  c: AppContext,
  { caller, params, rawBody }: { caller: Caller<'secret'>; params: { id: string }; rawBody: string },
  change: Change,
): Promise<Response> {
  const { method, path } = c.req;
  const view = await changeSubscription(
    c.get('services'),
    caller.app,
    { id: params.id, change },
    {
      // One key is one request, whichever action it was sent to.
      route: `${method} /v1/subscriptions/:id`,
      key: c.req.header('idempotency-key'),
      fingerprint: () => fingerprintOf(method, path, rawBody),
      by: doerOf(c, caller),
    },
  );
  return c.json(view);
}
