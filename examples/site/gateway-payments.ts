import * as z from 'zod';
import { ask, type Reader } from './gateway.ts';

/* What the shop asks the gateway about its products and payments, with its secret key. */

const price = z.object({
  amount_type: z.string(),
  price_currency: z.optional(z.string()),
  price_amount: z.optional(z.number()),
});
const product = z.object({
  id: z.string(),
  name: z.string(),
  description: z.nullish(z.string()),
  recurring_interval: z.nullable(z.string()),
  prices: z.array(price),
});
export type Product = z.infer<typeof product>;

const payment = z.object({
  id: z.string(),
  status: z.string(),
  product: z.object({ name: z.nullable(z.string()), plan: z.nullable(z.string()) }),
  amount: z.nullable(z.number()),
  net_amount: z.nullable(z.number()),
  tax_amount: z.nullable(z.number()),
  currency: z.nullable(z.string()),
  invoice_number: z.nullable(z.string()),
  subscription_id: z.nullable(z.string()),
  customer: z.object({ id: z.nullable(z.string()), email: z.nullable(z.string()) }),
  created_at: z.string(),
  succeeded_at: z.nullable(z.string()),
});
export type Payment = z.infer<typeof payment>;

const subscription = z.object({ status: z.string() });
const checkoutAnswer = z.object({ checkout_url: z.string() });
const documentAnswer = z.object({ url: z.nullable(z.string()) });
const problemAnswer = z.object({ title: z.string(), detail: z.optional(z.string()) });

/** What is for sale. @throws when the gateway cannot be asked. */
export async function listProducts(gatewayUrl: string, secretKey: string): Promise<Product[]> {
  const response = await ask(gatewayUrl, secretKey, { path: '/v1/products' });
  return z.object({ data: z.array(product) }).parse(await response.json()).data;
}

/** Something that the gateway answered instead of what was asked for, in its words. */
export interface Refused {
  refused: string;
}

/** Opens a checkout, and says where it is. @throws when the gateway cannot be reached. */
export async function startCheckout(
  gatewayUrl: string,
  secretKey: string,
  checkout: { shop: string; productId: string; successUrl: string; returnUrl: string; codeChallenge: string },
): Promise<{ url: string } | Refused> {
  const response = await ask(gatewayUrl, secretKey, {
    method: 'POST',
    path: '/v1/payments',
    body: {
      product_id: checkout.productId,
      success_url: checkout.successUrl,
      return_url: checkout.returnUrl,
      code_challenge: checkout.codeChallenge,
      // The simulated checkout names it; events carry it as well.
      metadata: { shop: checkout.shop },
    },
  });
  if (!response.ok) return readRefusal(response);
  return { url: checkoutAnswer.parse(await response.json()).checkout_url };
}

/** The payments that a reader may see, newest first. @throws when the gateway cannot be asked. */
export async function listPayments(
  gatewayUrl: string,
  secretKey: string,
  reader: Reader,
): Promise<Payment[]> {
  if (reader.email !== null && reader.customerId !== null) {
    const query = { customer: reader.customerId, limit: '50' };
    const response = await ask(gatewayUrl, secretKey, { path: '/v1/payments', query });
    return z.object({ data: z.array(payment) }).parse(await response.json()).data;
  }
  // Who has only paid has proven no address, and sees that one purchase (docs/rules.md, trust rule 1).
  const own =
    reader.paymentId === null ? undefined : await findPayment(gatewayUrl, secretKey, reader.paymentId);
  return own ? [own] : [];
}

/** Undefined: the app has no such payment. @throws when the gateway cannot be asked. */
export async function findPayment(
  gatewayUrl: string,
  secretKey: string,
  id: string,
): Promise<Payment | undefined> {
  const response = await ask(gatewayUrl, secretKey, { path: `/v1/payments/${encodeURIComponent(id)}` });
  if (response.status === 404) return undefined;
  return payment.parse(await response.json());
}

/**
 * Whether a reader's subscription waits for a payment that failed. Access then says `revoked`, as after a refund.
 * @throws when the gateway cannot be asked.
 */
export async function isPastDue(gatewayUrl: string, secretKey: string, reader: Reader): Promise<boolean> {
  if (reader.email !== null && reader.customerId !== null) {
    const query = { customer: reader.customerId, status: 'past_due', limit: '1' };
    const response = await ask(gatewayUrl, secretKey, { path: '/v1/subscriptions', query });
    return z.object({ data: z.array(subscription) }).parse(await response.json()).data.length > 0;
  }
  const [own] = await listPayments(gatewayUrl, secretKey, reader);
  if (!own?.subscription_id) return false;
  const path = `/v1/subscriptions/${encodeURIComponent(own.subscription_id)}`;
  const response = await ask(gatewayUrl, secretKey, { path });
  return response.ok && subscription.parse(await response.json()).status === 'past_due';
}

/** Whether a reader may see a payment and its documents. */
export function isOf(reader: Reader, { id, customer }: Payment): boolean {
  if (reader.paymentId === id) return true;
  return reader.email !== null && reader.customerId !== null && reader.customerId === customer.id;
}

/** What Polar makes of a payment. An invoice needs the buyer's name and address, a receipt does not. */
export type DocumentKind = 'invoice' | 'receipt';

/** Where a document of Polar's is; null while Polar makes it. @throws when the gateway cannot be asked. */
export async function findDocument(
  gatewayUrl: string,
  secretKey: string,
  { id, kind }: { id: string; kind: DocumentKind },
): Promise<{ url: string | null } | Refused> {
  const path = `/v1/payments/${encodeURIComponent(id)}/${kind}`;
  const response = await ask(gatewayUrl, secretKey, { path });
  return response.ok ? documentAnswer.parse(await response.json()) : readRefusal(response);
}

/** What a problem of the gateway's says, for people. */
export async function readRefusal(response: Response): Promise<Refused> {
  if (response.status === 429) return { refused: 'Too many tries in a short time. Please wait a minute.' };
  const problem = problemAnswer.safeParse(await response.json().catch(() => undefined));
  return {
    refused: problem.data?.detail ?? problem.data?.title ?? `The gateway answered ${response.status}.`,
  };
}
