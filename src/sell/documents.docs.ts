import type { ProblemCode } from '../base/problem.ts';
import { document, type RouteDocs } from '../http/route-docs.ts';
import { paymentDocument } from './documents.answers.ts';
import { getInvoice, getReceipt } from './documents.routes.ts';

const HOW =
  'Sends on (`303`) to Polar’s file, whose address works for a short time and for anybody who has it: hand it to the buyer at once, and keep it nowhere. With `Accept: application/json` answers with the address instead; `expires_at` is null when the address does not say how long it works. While Polar makes the file: `202`, and how many seconds to wait.';

const docs = (id: string, summary: string, what: string, problem: ProblemCode): RouteDocs => ({
  id,
  tag: 'Payments',
  summary,
  description: `${what} ${HOW}`,
  responses: {
    200: { description: 'Its address, when JSON is asked for', schema: paymentDocument },
    202: {
      description: 'It is being made',
      schema: paymentDocument,
      headers: { 'Retry-After': 'Seconds after which it may be there' },
    },
    303: { description: 'To the file', headers: { Location: 'Its address at Polar' } },
  },
  problems: ['not_found', 'not_paid', problem, 'mode_not_configured', 'polar_failed', 'polar_unavailable'],
});

export const documentsDocs = document([
  [
    getInvoice,
    docs(
      'getInvoice',
      'Get a payment’s invoice',
      'Of a payment that was paid, free ones and those given back too. Polar makes it when it is asked for first; it needs the billing name and address of the buyer.',
      'billing_details_missing',
    ),
  ],
  [
    getReceipt,
    docs('getReceipt', 'Get a payment’s receipt', 'Of a payment for which money was charged.', 'no_receipt'),
  ],
]);
