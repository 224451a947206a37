import { setTimeout } from 'node:timers/promises';
import type { LocalPolar } from './polar.ts';
import { startReceivers } from './receivers.ts';
import type { Runtime } from './runtime.ts';
import { callGateway, tell } from './seed.ts';
import { openTenant, type Tenant } from './tenants.ts';

/**
 * Opens a shop whose one endpoint gets every event, and gives `run` what makes sales there, one after the other, and waits
 * until all that they lead to is done: the payment is created, paid, told by Polar and told on. Nobody asks for access.
 */
export async function withSales<T>(
  runtime: Runtime,
  polar: LocalPolar,
  run: (sell: (count: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  const receivers = await startReceivers(1);
  try {
    const shop = await openBenefitShop(runtime, polar, receivers.urls);
    const sell = async (count: number) => {
      for (let i = 0; i < count; i++) await sellOnce(runtime, polar, shop);
      await settle(runtime);
    };
    await sell(1);
    return await run(sell);
  } finally {
    receivers.close();
  }
}

export const SHOP_CONTENT = 'shop/one';

/** An app whose product gives access to `SHOP_CONTENT`, and whose endpoints get every event. */
export async function openBenefitShop(
  runtime: Runtime,
  polar: LocalPolar,
  urls: readonly string[],
): Promise<Tenant> {
  const gateway = await runtime.target('gateway');
  const shop = await openTenant(runtime, polar, { gateway, name: 'shop', urls, events: ['*'] });
  const benefit = await polar.call('POST', '/v1/benefits/', {
    type: 'custom',
    description: 'Reader',
    metadata: { content_id: SHOP_CONTENT },
    properties: {},
  });
  await polar.call('POST', `/v1/products/${shop.productId}/benefits`, { benefits: [benefit['id']] });
  await tell(gateway, await polar.listen());
  return shop;
}

async function sellOnce(
  runtime: Runtime,
  polar: LocalPolar,
  { productId, secretKey }: Tenant,
): Promise<void> {
  const gateway = await runtime.target('gateway');
  const payment = await callGateway(gateway, 'POST', '/v1/payments', {
    key: secretKey,
    body: { product_id: productId },
  });
  const secret = new URL(String(payment['checkout_url'])).pathname.split('/').pop();
  await polar.call('POST', `/v1/checkouts/client/${secret}/confirm`, {
    customer_email: `${crypto.randomUUID()}@readers.dev`,
    customer_name: 'Ada',
    customer_billing_address: { country: 'DE' },
    confirmation_token_id: 'ctoken_ok',
  });
  await tell(gateway, await polar.listen());
}

/** The messages that are not deliveries have their time too. */
const QUIET_MS = 1_000;

async function settle({ database }: Runtime): Promise<void> {
  const open = database.prepare("select count(*) as open from deliveries where status = 'pending'");
  while ((await open.first<number>('open')) !== 0) await setTimeout(100);
  await setTimeout(QUIET_MS);
}
