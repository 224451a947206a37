import { document } from '../../http/route-docs.ts';
import { deleteCustomerEverywhere } from './delete.routes.ts';
import { deleteCustomerRoute } from './erase.routes.ts';

export const eraseDocs = document([
  [
    deleteCustomerRoute,
    {
      id: 'eraseCustomer',
      tag: 'Customers',
      summary: 'Erase a customer in this app',
      description:
        'Sessions end at once. Within minutes this app has no name, address or metadata of the customer any more: not in payments, gifts or refunds, nor in the events that it was told, also those still to be delivered. Amounts, times and ids stay, since books need them, and so does access to what was paid, by your own sign-in: nobody signs in by mail as this customer any more. What other apps know is not touched, nor is Polar: only the operator deletes there, since it ends every app’s subscriptions. A subscription of this app that goes on is ended first (`conflict`). What is bought later is a new beginning.',
      responses: { 204: { description: 'It is noted, and begins' } },
      problems: ['not_found', 'conflict'],
    },
  ],
  [
    deleteCustomerEverywhere,
    {
      id: 'deleteCustomer',
      tag: 'Apps',
      summary: 'Delete a customer at Polar',
      description:
        'Deletes and anonymizes the customer at Polar. That ends all subscriptions, those of every app. What the gateway knows of the person goes with Polar’s `customer.deleted`, in every app. It cannot be undone.',
      responses: { 204: { description: 'Polar has deleted it' } },
      problems: ['not_found', 'mode_not_configured', 'polar_failed', 'polar_unavailable'],
    },
  ],
]);
