import * as z from 'zod';
import { callJson, textField } from '../../cli/local/http.ts';
import { EVENT_TYPES } from '../../packages/polar-simulator/webhooks/types.ts';
import {
  type AppName,
  type BenefitName,
  BENEFITS,
  PRODUCT_NAMES,
  type ProductName,
  PRODUCTS,
} from './catalogue.ts';
import { type Api, type Call, expectStatus } from './calls.ts';
import type { Receivers } from './receivers.ts';

/* Two tenants of one Polar organization, set up through the front doors only. */

/** A Worker of the operator's: how an endpoint names it, and its binding at the gateway. */
export const WORKER = { name: 'ledger', binding: 'FLOE_WORKER__ATLAS_SANDBOX__LEDGER' };

export interface Shop {
  polar: { url: string; accessToken: string; organizationId: string };
  gateway: Api;
  adminToken: string;
  apps: Record<AppName, { slug: string; secretKey: string }>;
  productIds: Record<ProductName, string>;
  benefitIds: Record<BenefitName, string>;
}

/** Creates products at Polar, apps and endpoints at the gateway, and has Polar tell the gateway everything. */
export async function setUpShop(
  polar: Shop['polar'],
  gateway: Api,
  receivers: Receivers,
  secrets: { adminToken: string; webhookSecret: string },
): Promise<Shop> {
  const benefitIds = await seedBenefits(polar);
  const productIds = await seedProducts(polar, benefitIds);
  const apps = { quay: await createApp('quay'), atlas: await createApp('atlas') };
  for (const receiver of receivers.all) {
    const made = await ask({
      method: 'POST',
      path: '/v1/webhook-endpoints',
      token: apps[receiver.app].secretKey,
      body: {
        url: receiver.behaviour === 'worker' ? `worker:${WORKER.name}` : receivers.url + receiver.path,
        format: receiver.behaviour === 'chat' ? 'slack' : 'standard',
        events: receiver.wants,
        description: receiver.behaviour,
        ordering: receiver.behaviour === 'ordered' ? 'payment' : 'none',
      },
    });
    receiver.endpoint = z.object({ id: z.string(), secret: z.string() }).parse(made);
  }
  await registerWebhooks(polar, gateway.url, secrets.webhookSecret);
  return { polar, gateway, adminToken: secrets.adminToken, apps, productIds, benefitIds };

  async function createApp(product: AppName) {
    const made = await ask({
      method: 'POST',
      path: '/admin/apps',
      token: secrets.adminToken,
      body: { product, mode: 'sandbox', callback_urls: [`${receivers.url}/thanks`] },
    });
    const keys = z.object({ slug: z.string(), secret_key: z.string() }).parse(made);
    return { slug: keys.slug, secretKey: keys.secret_key };
  }

  async function ask(call: Call) {
    return expectStatus(call, await gateway.ask(call), 201);
  }
}

/**
 * Polar sends to an endpoint one event after the other. Several endpoints make it send at the same time, and make what
 * belongs together arrive in any order.
 */
async function registerWebhooks(polar: Shop['polar'], gatewayUrl: string, secret: string): Promise<void> {
  const isOf = (...prefixes: string[]) =>
    EVENT_TYPES.filter((type) => prefixes.some((prefix) => type.startsWith(prefix)));
  const money = isOf('order.', 'refund.');
  const rights = isOf('subscription.', 'benefit_grant.');
  const rest = EVENT_TYPES.filter((type) => ![...money, ...rights].includes(type));
  for (const events of [money, rights, rest]) {
    await callJson('POST', `${polar.url}/v1/webhooks/endpoints`, polar.accessToken, {
      url: `${gatewayUrl}/webhooks/polar`,
      format: 'raw',
      secret,
      events,
    });
  }
}

async function seedBenefits(polar: Shop['polar']): Promise<Shop['benefitIds']> {
  const create = async (name: BenefitName) => {
    const { type, description, metadata } = BENEFITS[name];
    const properties = type === 'custom' ? { note: null } : {};
    const body = { type, description, metadata, properties };
    return textField(await callJson('POST', `${polar.url}/v1/benefits/`, polar.accessToken, body), 'id');
  };
  return { library: await create('library'), guides: await create('guides'), feed: await create('feed') };
}

async function seedProducts(
  polar: Shop['polar'],
  benefitIds: Shop['benefitIds'],
): Promise<Shop['productIds']> {
  const ids: [ProductName, string][] = [];
  for (const name of PRODUCT_NAMES) {
    const { price, every, metadata, benefits } = PRODUCTS[name];
    const made = await callJson('POST', `${polar.url}/v1/products/`, polar.accessToken, {
      name,
      metadata,
      recurring_interval: every,
      prices: [{ amount_type: 'fixed', price_amount: price, price_currency: 'usd' }],
    });
    const id = textField(made, 'id');
    ids.push([name, id]);
    if (benefits.length === 0) continue;
    await callJson('POST', `${polar.url}/v1/products/${id}/benefits`, polar.accessToken, {
      benefits: benefits.map((benefit) => benefitIds[benefit]),
    });
  }
  return z
    .object({
      'quay:lifetime': z.string(),
      'quay:single': z.string(),
      'quay:monthly': z.string(),
      'atlas:pro': z.string(),
      'atlas:monthly': z.string(),
    })
    .parse(Object.fromEntries(ids));
}

/** The app’s secret key. */
export function keyOf(shop: Shop, product: ProductName): string {
  return shop.apps[PRODUCTS[product].app].secretKey;
}
