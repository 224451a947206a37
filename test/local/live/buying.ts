import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { callJson, textField } from '../../../cli/local/http.ts';

/* A purchase without a browser: what the shop's server and Polar's checkout page would ask for. */

const devFile = z.object({
  gateway_url: z.string(),
  polar_url: z.string(),
  site_url: z.string(),
  admin_token: z.string(),
  polar: z.object({ access_token: z.string(), webhook_secret: z.string() }),
  apps: z.array(z.object({ slug: z.string(), secret_key: z.string(), publishable_key: z.string() })),
  products: z.array(z.object({ id: z.string(), name: z.string() })),
});
export type Dev = z.infer<typeof devFile>;

export const readDev = async (file: string): Promise<Dev> =>
  devFile.parse(JSON.parse(await readFile(file, 'utf8')));

/** Buys a product with a good card. Gives the payment's id and its checkout's address. */
export async function buy(dev: Dev, product: string, email: string) {
  const key = dev.apps[0]?.secret_key ?? '';
  const payment = await callJson('POST', `${dev.gateway_url}/v1/payments`, key, {
    product_id: dev.products.find(({ name }) => name === product)?.id,
    customer: { email, external_id: email },
  });
  const url = textField(payment, 'checkout_url');
  const secret = url.split('/').at(-1);
  await callJson('POST', `${dev.polar_url}/v1/checkouts/client/${secret}/confirm`, '', {
    customer_email: email,
    customer_billing_address: { country: 'DE' },
    confirmation_token_id: 'ctoken_any',
  });
  return { id: textField(payment, 'id'), url };
}
