import { SANDBOX_API_URL } from '../harness/bindings.ts';
import { call, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';
import { env } from 'cloudflare:workers';

/* A shop that sells files, as several tests have it. */

/** The benefit that gives these files. */
export const givesFiles = (files: string[], description = 'The files') => ({
  type: 'downloadables',
  description,
  properties: { files },
});

/** Buys a product, and gives the customer and the payment. */
export async function buyFile(
  world: World,
  app: TestApp,
  productId: string,
  { email = 'ada@readers.dev', ...body }: Record<string, unknown> & { email?: string } = {},
): Promise<{ customerId: string; paymentId: string }> {
  const payment = await startPayment(app, productId, body);
  await world.pay(app.mode, payment.checkoutUrl, { email });
  await world.settle();
  const customerId = await env.DB.prepare('select customer_id as id from payments where id = ?')
    .bind(payment.id)
    .first<string>('id');
  return { customerId: customerId ?? '', paymentId: payment.id };
}

interface File {
  id: string;
  name: string;
  size: number;
  mime_type: string;
  sha256: string | null;
  version: string | null;
  benefit_id: string;
  is_archived: boolean;
}
export interface Files {
  data: File[];
  next_cursor: string | null;
  code?: string;
}

/** Lists files: with a secret key those of `customer`, with a session its own. */
export const listFiles = (key: string, query: Record<string, string> = {}) =>
  call<Files>('GET', `/v1/downloads?${new URLSearchParams(query).toString()}`, { key });

export const namesOf = ({ body }: { body: Files }) => body.data.map(({ name }) => name);

/** Asks for a file. */
export const askFile = (
  key: string,
  id: string,
  query: Record<string, string> = {},
  headers: Record<string, string> = {},
  method = 'GET',
) =>
  call<{ url: string; expires_at: string; code?: string; detail?: string }>(
    method,
    `/v1/downloads/${id}${Object.keys(query).length === 0 ? '' : `?${new URLSearchParams(query).toString()}`}`,
    { key, headers },
  );

/** A session for a customer, vouched for by the app. */
export async function sessionOf(app: TestApp, customer: string, member?: string): Promise<string> {
  const { body } = await call<{ session: string }>('POST', '/v1/sessions', {
    key: app.secretKey,
    body: { customer, ...(member === undefined ? {} : { member }) },
  });
  return body.session;
}

/** Fetches what an address of Polar's leads to, as a browser does; the status when it is no file. */
export async function fetchFile(world: World, url: string): Promise<string | number> {
  const first = await world.simulator.fetch(new Request(url, { redirect: 'manual' }));
  const location = first.headers.get('location');
  if (first.status !== 302 || location === null) return first.status;
  const file = await world.simulator.fetch(new Request(new URL(location, SANDBOX_API_URL)));
  return file.ok ? file.text() : file.status;
}
