import * as z from 'zod/mini';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { createdRange, customer, instant, page, readInstant, uuid } from '../../http/shapes.ts';
import { getSubscription, listSubscriptions } from './list-subscriptions.ts';
import { SUBSCRIPTION_STATUSES } from './subscription-statuses.rules.ts';

/** What lists of subscriptions can be asked for. */
export const subscriptionFilters = {
  status: z.optional(z.enum(SUBSCRIPTION_STATUSES, `Must be one of ${SUBSCRIPTION_STATUSES.join(', ')}.`)),
  customer: z.optional(customer()),
  product_id: z.optional(uuid()),
  cancel_at_period_end: z.optional(z.enum(['true', 'false'], 'Must be true or false.')),
  renews_before: z.optional(instant()),
  ...createdRange,
};

export const getSubscriptions = defineRoute({
  method: 'get',
  path: '/v1/subscriptions',
  auth: ['secret'],
  scope: 'subscriptions:read',
  query: z.strictObject({ ...subscriptionFilters, ...page }),
});

/** A query's `subscriptionFilters`. */
export function readSubscriptionFilters(
  query: Omit<z.output<NonNullable<typeof getSubscriptions.query>>, 'cursor' | 'limit'>,
) {
  const isCanceled = query.cancel_at_period_end;
  return {
    status: query.status,
    customer: query.customer,
    productId: query.product_id,
    cancelAtPeriodEnd: isCanceled === undefined ? undefined : isCanceled === 'true',
    renewsBefore: readInstant(query.renews_before),
    createdAfter: readInstant(query.created_after),
    createdBefore: readInstant(query.created_before),
  };
}

export const getOneSubscription = defineRoute({
  method: 'get',
  path: '/v1/subscriptions/:id',
  auth: ['secret'],
  scope: 'subscriptions:read',
  params: z.object({ id: uuid() }),
});

export function mountSubscriptions(app: App): void {
  mount(app, getSubscriptions, async (c, { caller, query: { cursor, limit, ...filters } }) => {
    const query = { ...readSubscriptionFilters(filters), cursor, limit };
    return c.json(await listSubscriptions(c.get('services'), caller.app, query));
  });
  mount(app, getOneSubscription, async (c, { caller, params }) =>
    c.json(await getSubscription(c.get('services'), caller.app, params.id)),
  );
}
