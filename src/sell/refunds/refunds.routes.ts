import * as z from 'zod/mini';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { requireScope } from '../../http/require-caller.ts';
import { createdRange, line, lines, metadata, page, readInstant, wholeNumber } from '../../http/shapes.ts';
import { MAX_MINOR_UNITS } from '../amounts.rules.ts';
import { getRefund, listRefunds, listRefundsOfPayment } from './list-refunds.ts';
import { startRefund } from './start-refund.ts';

const MAX_COMMENT = 1000;
const REASONS = [
  'customer_request',
  'duplicate',
  'fraudulent',
  'service_disruption',
  'satisfaction_guarantee',
  'other',
] as const;

export const postRefund = defineRoute({
  method: 'post',
  path: '/v1/payments/:id/refunds',
  auth: ['secret'],
  scope: 'refunds:write',
  idempotent: true,
  params: z.object({ id: line(64) }),
  body: z.strictObject({
    amount: z.optional(wholeNumber(1, MAX_MINOR_UNITS)),
    reason: z._default(z.enum(REASONS, `Must be one of ${REASONS.join(', ')}.`), 'customer_request'),
    comment: z.optional(lines(MAX_COMMENT)),
    revoke_benefits: z.optional(z.boolean('Must be true or false.')),
    cancel_subscription: z.optional(z.enum(['now', 'period_end'], 'Must be now or period_end.')),
    metadata: z._default(metadata(), {}),
  }),
});

export const getRefundsOfPayment = defineRoute({
  method: 'get',
  path: '/v1/payments/:id/refunds',
  auth: ['secret'],
  scope: 'refunds:read',
  params: z.object({ id: line(64) }),
  query: z.strictObject(page),
});

/** What lists of refunds can be asked for. */
export const refundFilters = {
  status: z.optional(z.enum(['pending', 'succeeded', 'failed'], 'Must be pending, succeeded or failed.')),
  payment: z.optional(line(64)),
  ...createdRange,
};

export const getRefunds = defineRoute({
  method: 'get',
  path: '/v1/refunds',
  auth: ['secret'],
  scope: 'refunds:read',
  query: z.strictObject({ ...refundFilters, ...page }),
});

/** A query's `refundFilters`. */
export function readRefundFilters(
  query: Omit<z.output<NonNullable<typeof getRefunds.query>>, 'cursor' | 'limit'>,
) {
  return {
    status: query.status,
    paymentId: query.payment,
    createdAfter: readInstant(query.created_after),
    createdBefore: readInstant(query.created_before),
  };
}

export const getOneRefund = defineRoute({
  method: 'get',
  path: '/v1/refunds/:id',
  auth: ['secret'],
  scope: 'refunds:read',
  params: z.object({ id: line(64) }),
});

export function mountRefunds(app: App): void {
  mount(app, postRefund, async (c, { caller, params, body, rawBody }) => {
    if (body.cancel_subscription !== undefined)
      requireScope(caller, 'subscriptions:write', 'cancel_subscription');
    const answer = await startRefund(
      c.get('services'),
      caller.app,
      { paymentId: params.id, key: c.req.header('idempotency-key'), rawBody, by: doerOf(c, caller) },
      {
        amount: body.amount,
        reason: body.reason,
        comment: body.comment,
        revokeBenefits: body.revoke_benefits,
        cancelSubscription: body.cancel_subscription,
        metadata: body.metadata,
      },
    );
    return c.json(answer.body, answer.status === 202 ? 202 : 201);
  });
  mount(app, getRefundsOfPayment, async (c, { caller, params, query }) =>
    c.json(await listRefundsOfPayment(c.get('services'), caller.app, params.id, query)),
  );
  mount(app, getRefunds, async (c, { caller, query: { cursor, limit, ...filters } }) => {
    const query = { ...readRefundFilters(filters), cursor, limit };
    return c.json(await listRefunds(c.get('services'), caller.app, query));
  });
  mount(app, getOneRefund, async (c, { caller, params }) =>
    c.json(await getRefund(c.get('services'), caller.app, params.id)),
  );
}
