import * as z from 'zod/mini';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { createdRange, line, page, readInstant, uuid } from '../../http/shapes.ts';
import { acceptDispute } from './accept-dispute.ts';
import { DISPUTE_STATUSES } from './disputes.rules.ts';
import { getDispute, listDisputes } from './list-disputes.ts';

const byId = z.object({ id: uuid() });

export const getDisputes = defineRoute({
  method: 'get',
  path: '/v1/disputes',
  auth: ['secret'],
  scope: 'disputes:read',
  query: z.strictObject({
    status: z.optional(z.enum(DISPUTE_STATUSES, `Must be one of ${DISPUTE_STATUSES.join(', ')}.`)),
    payment: z.optional(line(64)),
    ...createdRange,
    ...page,
  }),
});

export const getOneDispute = defineRoute({
  method: 'get',
  path: '/v1/disputes/:id',
  auth: ['secret'],
  scope: 'disputes:read',
  params: byId,
});

export const postAcceptance = defineRoute({
  method: 'post',
  path: '/v1/disputes/:id/accept',
  auth: ['secret'],
  scope: 'disputes:write',
  params: byId,
  body: z.strictObject({}),
  bodyOptional: true,
});

export function mountDisputes(app: App): void {
  mount(app, getDisputes, async (c, { caller, query }) => {
    const { payment, created_after, created_before, ...rest } = query;
    const answer = await listDisputes(c.get('services'), caller.app, {
      ...rest,
      paymentId: payment,
      createdAfter: readInstant(created_after),
      createdBefore: readInstant(created_before),
    });
    return c.json(answer);
  });
  mount(app, getOneDispute, async (c, { caller, params }) =>
    c.json(await getDispute(c.get('services'), caller.app, params.id)),
  );
  mount(app, postAcceptance, async (c, { caller, params }) =>
    c.json(await acceptDispute(c.get('services'), caller.app, params.id, doerOf(c, caller))),
  );
}
