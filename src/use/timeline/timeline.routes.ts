import * as z from 'zod/mini';
import { MAX_TYPE_LENGTH } from '../../base/event-types.rules.ts';
import { readCustomer } from '../../base/subject.rules.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { createdRange, customer, page, readInstant, text } from '../../http/shapes.ts';
import { isTimelineFilter } from './entries.rules.ts';
import { readTimeline } from './read-timeline.ts';

export const getTimeline = defineRoute({
  method: 'get',
  path: '/v1/customers/:id/timeline',
  auth: ['secret'],
  scope: 'customers:read',
  params: z.object({ id: customer() }),
  query: z.strictObject({
    type: z.optional(
      text(MAX_TYPE_LENGTH).check(
        z.refine(
          isTimelineFilter,
          'Must be a type of entry such as payment.succeeded or session.started, or a group such as delivery.*.',
        ),
      ),
    ),
    ...createdRange,
    ...page,
  }),
});

export function mountTimeline(app: App): void {
  mount(app, getTimeline, async (c, { caller, params, query }) => {
    const holder = readCustomer(params.id);
    if (!holder) throw new Error('a customer that the schema let through');
    const { type, limit, cursor, created_after, created_before } = query;
    const answer = await readTimeline(c.get('services'), caller.app, {
      holder,
      type,
      limit,
      cursor,
      createdAfter: readInstant(created_after),
      createdBefore: readInstant(created_before),
    });
    return c.json(answer);
  });
}
