import { document, type RouteDocs } from '../../http/route-docs.ts';
import type { TagName } from '../../http/tags.docs.ts';
import {
  getCustomersExport,
  getPaymentsExport,
  getRefundsExport,
  getSubscriptionsExport,
} from './exports.routes.ts';

const HOW =
  'As CSV (RFC 4180, UTF-8, with a line of names) or as one JSON object a line. The columns are fixed and listed in the documentation. Text that a spreadsheet would calculate has an apostrophe before it in CSV. A response has at most `limit` rows, 200,000 unless you ask for fewer. NDJSON ends with `{"end":true,"rows":…,"next":…}`; CSV that has fewer rows is whole. To go on, also after a broken connection, give the id of the last complete row as `after`: CSV then has no line of names, so that its parts can be put together. A body that breaks off is not whole.';

const docs = (id: string, tag: TagName, what: string, description: string): RouteDocs => ({
  id,
  tag,
  summary: `Export ${what}`,
  description: `${description} ${HOW}`,
  responses: {
    200: {
      description: `The ${what}`,
      contentType: ['text/csv', 'application/x-ndjson'],
      headers: { 'Content-Disposition': 'A name for the file' },
    },
  },
});

export const exportsDocs = document([
  [
    getPaymentsExport,
    docs('exportPayments', 'Payments', 'payments', 'What the list has with the same filters, newest first.'),
  ],
  [
    getRefundsExport,
    docs('exportRefunds', 'Refunds', 'refunds', 'What the list has with the same filters, newest first.'),
  ],
  [
    getSubscriptionsExport,
    docs(
      'exportSubscriptions',
      'Subscriptions',
      'subscriptions',
      'What the list has with the same filters, newest first, also with `renews_before`.',
    ),
  ],
  [
    getCustomersExport,
    docs(
      'exportCustomers',
      'Customers',
      'customers',
      'Whom the list has with the same filters, in the order of their ids, with what this app’s own purchases say.',
    ),
  ],
]);
