import * as z from 'zod/mini';
import { timestamp } from '../http/shapes.ts';

/* What the routes of invoices and receipts answer. */

/** The address of a document; null while Polar makes it. `expires_at`: null when the address does not say. */
export const paymentDocument = z.object({ url: z.nullable(z.string()), expires_at: z.nullable(timestamp) });
export type PaymentDocumentView = z.output<typeof paymentDocument>;
