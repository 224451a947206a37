import * as z from 'zod/mini';
import type { PolarDocument } from '../base/polar-gateway.ts';
import { type App, type AppContext, defineRoute, mount } from '../http/route.ts';
import { line } from '../http/shapes.ts';
import { wantsJson } from '../http/wants-json.rules.ts';
import type { PaymentDocumentView } from './documents.answers.ts';
import { endOfAddress } from './documents.rules.ts';
import { getDocument } from './get-document.ts';

/** Polar makes a document in a few seconds. */
const RETRY_SECONDS = 3;

const byPayment = z.object({ id: line(64) });

export const getInvoice = defineRoute({
  method: 'get',
  path: '/v1/payments/:id/invoice',
  auth: ['secret'],
  scope: 'payments:read',
  params: byPayment,
});

export const getReceipt = defineRoute({
  method: 'get',
  path: '/v1/payments/:id/receipt',
  auth: ['secret'],
  scope: 'payments:read',
  params: byPayment,
});

export function mountDocuments(app: App): void {
  mount(app, getInvoice, async (c, { caller, params }) =>
    answer(c, await getDocument(c.get('services'), caller.app, { ...params, kind: 'invoice' })),
  );
  mount(app, getReceipt, async (c, { caller, params }) =>
    answer(c, await getDocument(c.get('services'), caller.app, { ...params, kind: 'receipt' })),
  );
}

/** No cache keeps it: see `http/every-answer.ts`. */
function answer(c: AppContext, found: PolarDocument): Response {
  if (found.state === 'making') {
    const waiting: PaymentDocumentView = { url: null, expires_at: null };
    return c.json(waiting, 202, { 'retry-after': String(RETRY_SECONDS) });
  }
  const { url } = found;
  if (!wantsJson(c.req.header('accept'))) return c.redirect(url, 303);
  const end = endOfAddress(url);
  const view: PaymentDocumentView = { url, expires_at: end === null ? null : new Date(end).toISOString() };
  return c.json(view);
}
