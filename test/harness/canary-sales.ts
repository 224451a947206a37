import { env } from 'cloudflare:workers';
import { type Answer, call, type TestApp, type World } from './harness.ts';

/* What else an app sells by and says of people, each with its mark: codes, links, names, chats that are told. */

/** What of a shop is made at the gateway. */
export interface Sales {
  /** A public code that stands for a discount of the app's. */
  campaign: string;
  link: string;
}

const canary = (name: string, what: string) => `canary-${name}-${what}`;
const CHATS = { slack: 'https://hooks.slack.com/services', discord: 'https://discord.com/api/webhooks' };

/** The parts of a shop that are its app's alone, and places where it is told in another format. */
export async function openSales(app: TestApp, name: string, product: string): Promise<Sales> {
  const make = async (path: string, body: object) => {
    const answer = await call<{ id: string }>('POST', path, { key: app.secretKey, body });
    if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return answer.body.id;
  };
  const metadata = { note: canary(name, 'link-metadata') };
  const discount = await make('/v1/discounts', {
    name: canary(name, 'own-discount'),
    code: `canary${name}own`,
    basis_points: 500,
    max_redemptions: 50,
    product_ids: [product],
    metadata: { note: canary(name, 'own-discount-metadata') },
  });
  const campaign = `canary${name}campaign`;
  await make('/v1/campaigns', {
    name: canary(name, 'campaign'),
    code: campaign,
    rules: [{ discount_id: discount }],
  });
  const link = await make('/v1/checkout-links', {
    label: canary(name, 'label'),
    settings: { product_id: product, metadata },
  });
  for (const [format, url] of Object.entries(CHATS))
    await make('/v1/webhook-endpoints', {
      url: `${url}/${name}/${app.mode}`,
      format,
      events: ['*'],
      description: canary(name, 'chat'),
    });
  return { campaign, link };
}

/** Whether what was sent went to a chat of the app's. */
export const isChatOf = (url: string, app: TestApp, name: string) =>
  Object.values(CHATS).some((chat) => url === `${chat}/${name}/${app.mode}`);

let visitors = 0;

/** The address of a checkout that a link of the app's began; undefined when it was refused. */
export async function followLink({ slug }: TestApp, link: string): Promise<string | undefined> {
  const headers = {
    accept: 'text/html,*/*;q=0.8',
    'cf-connecting-ip': `198.18.${110 + (Math.floor(visitors / 200) % 100)}.${(++visitors % 200) + 20}`,
  };
  const answer = await call('GET', `/checkout/${slug}/${link}`, { headers });
  return answer.headers.get('location') ?? undefined;
}

/** A request of an app's, refused or not; the gateway must never fail. */
export async function ask(app: TestApp, method: string, path: string, body?: object): Promise<Answer> {
  const answer = await call(method, path, { key: app.secretKey, ...(body ? { body } : {}) });
  if (answer.status >= 500) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
}

/** Whoever the app has as customers; of another app's it must not make a difference whom it asks for. */
export async function customersOf(world: World, app: TestApp): Promise<string[]> {
  await world.settle();
  const { body } = await call<{ data: { id: string }[] }>('GET', '/v1/customers?limit=100', {
    key: app.secretKey,
  });
  return body.data.map(({ id }) => id);
}

/** What is answered to the app's own RPC and routes about its sales. */
export const MORE_LISTS =
  '/v1/discounts /v1/campaigns /v1/checkout-links /v1/gifts /v1/license-keys /v1/files /v1/disputes'.split(
    ' ',
  );

/** Lists that have no pages, and filters. */
export const MORE_READS = [
  '/v1/plans',
  '/v1/cursors',
  '/v1/products?archived=any&recurring=true',
  '/v1/products?metadata[plans]=canary',
  '/v1/customers?q=canary',
  '/v1/customers?q=ada',
  '/v1/customers?sort=-email',
  '/v1/events?after=0',
  ...['payments', 'refunds', 'subscriptions', 'customers'].flatMap((what) =>
    ['csv', 'ndjson'].map((format) => `/v1/${what}/export?format=${format}`),
  ),
];

/** Buys at Polar what no app owns, with an app's marks on all that is typed, and lets the operator give it to the app. */
export async function buyAndAdopt(world: World, { slug, mode }: TestApp, name: string): Promise<void> {
  const { id: product } = await world.createProduct({ name: canary(name, 'orphan'), mode });
  const checkout = await world.polar<{ client_secret: string }>(mode, 'POST', '/v1/checkouts/', {
    products: [product],
    metadata: { note: canary(name, 'orphan-metadata') },
  });
  await world.polar(mode, 'POST', `/v1/checkouts/client/${checkout.client_secret}/confirm`, {
    customer_email: 'ada@readers.dev',
    customer_name: canary(name, 'orphan-name'),
    customer_billing_address: { country: 'DE', city: canary(name, 'orphan-city') },
    confirmation_token_id: 'ctoken_ok',
  });
  await world.settle();
  const operator = { key: env.FLOE_ADMIN_TOKEN };
  const { body } = await call<{ data: { kind: string; id: string }[] }>(
    'GET',
    `/admin/unrouted?mode=${mode}&limit=100`,
    operator,
  );
  for (const { kind, id } of body.data) {
    const path = `/admin/unrouted/${kind}/${id}/adopt`;
    const answer = await call('POST', path, { ...operator, body: { app: slug } });
    if (answer.status !== 200) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
  }
}
