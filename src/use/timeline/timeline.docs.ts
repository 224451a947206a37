import { document } from '../../http/route-docs.ts';
import { timeline } from './timeline.answers.ts';
import { getTimeline } from './timeline.routes.ts';

export const timelineDocs = document([
  [
    getTimeline,
    {
      id: 'getCustomerTimeline',
      tag: 'Customers',
      summary: 'What happened with this customer',
      description:
        'Everything between one customer and this app, newest first: checkouts, payments, refunds, subscriptions, grants, what was told and whether it arrived, sessions, gifts, downloads, activations of licence keys. `:id` is Polar’s id or `external:<your id>`, which is all customers whom you have said to be this user, and the checkouts that named the id. `type` is a type of entry or a group (`payment.*`, `delivery.*`, `session.*`, `gift.*`); with it a page may be short, or empty: go on while `next_cursor` is not null. Pages stay as they are while new entries come.',
      responses: { 200: { description: 'A page of it', schema: timeline } },
      problems: ['not_found'],
    },
  ],
]);
