import { document } from '../../http/route-docs.ts';
import { customerDetail, customerList } from './customers.answers.ts';
import { customerExport } from './export.answers.ts';
import { getCustomerExport, getCustomers, getOneCustomer } from './customers.routes.ts';

const tag = 'Customers';

export const customersDocs = document([
  [
    getCustomers,
    {
      id: 'listCustomers',
      tag,
      summary: 'List your customers',
      description:
        'Whoever has bought something of this app, newest first. `created_at` is when the first of those purchases began. The address is what your own purchases came with, the name what you have said of your user: what a buyer typed at another app’s checkout is not shown. `q` finds beginnings, A to Z in either case: of the address, then of the name, then of your external ids (those exactly as written); each customer stands in the list once. `sort=email` leaves out those without an address, and with `q` there is no `sort`. With `q`, or a range and `sort=email`, a page may be short, or empty: go on while `next_cursor` is not null.',
      responses: { 200: { description: 'A page of them', schema: customerList } },
    },
  ],
  [
    getOneCustomer,
    {
      id: 'getCustomer',
      tag,
      summary: 'Who is this customer?',
      description:
        'What this app knows of one customer: the ids, the 20 newest payments and grants, subscriptions that are live, what was spent per currency, and what may be used now. `:id` is Polar’s id or `external:<your id>`, which is all customers whom you have said to be this user, and the checkouts that named the id. `GET /v1/payments?customer=…` and the other lists have the rest.',
      responses: { 200: { description: 'The customer', schema: customerDetail } },
      problems: ['not_found', 'mode_not_configured'],
    },
  ],
  [
    getCustomerExport,
    {
      id: 'exportCustomer',
      tag,
      summary: 'All that is held about a customer',
      description:
        'Everything that this app holds about one person, as JSON, to be handed to them: payments, subscriptions, grants, refunds, gifts, sessions, downloads, activations, notes of work, and what your app was told. What of one kind has more than fits (1,000; events 500) is named in `cut`. What other apps hold is not here. The audit log says that it was read.',
      responses: { 200: { description: 'All of it', schema: customerExport } },
      problems: ['not_found', 'mode_not_configured'],
    },
  ],
]);
