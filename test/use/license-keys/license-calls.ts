import { env } from 'cloudflare:workers';
import { type Answer, call, type TestApp, type World } from '../../harness/harness.ts';
import { startPayment } from '../../harness/story.ts';

/* What tests of licence keys share: a key that was bought, and the calls about it. */

export interface PolarKey {
  id: string;
  key: string;
  display_key: string;
  status: string;
  usage: number;
  validations: number;
  customer_id: string;
  benefit_id: string;
  activations: { id: string; label: string; meta: Record<string, unknown> }[];
}

export interface Check {
  valid: boolean;
  code: string;
  key: {
    display_key: string;
    expires_at: string | null;
    usage: number;
    limit_usage: number | null;
    limit_activations: number | null;
    activations: number;
  } | null;
  activation: { id: string; label: string; meta: Record<string, unknown>; created_at: string } | null;
  customer?: string | null;
  checked_at: string;
  detail?: string;
}

/** A product with one benefit of keys. */
export async function createKeyProduct(
  world: World,
  name: string,
  properties: Record<string, unknown> = {},
  recurring?: 'month',
): Promise<{ productId: string; benefitId: string }> {
  const { id, benefitIds } = await world.createProduct({
    name,
    benefits: [{ type: 'license_keys', description: `Keys of ${name}`.slice(0, 40), properties }],
    ...(recurring ? { recurring } : {}),
  });
  return { productId: id, benefitId: benefitIds[0] ?? '' };
}

/** Buys the product as a customer of the app would; the key that Polar has made. */
export async function buyKey(
  world: World,
  app: TestApp,
  productId: string,
  email = 'ada@readers.dev',
  body: Record<string, unknown> = {},
): Promise<PolarKey & { paymentId: string }> {
  const known = new Set((await keysAtPolar(world)).map(({ id }) => id));
  const payment = await startPayment(app, productId, body);
  await world.pay(app.mode, payment.checkoutUrl, { email });
  await world.settle();
  const made = (await keysAtPolar(world)).find(({ id }) => !known.has(id));
  if (!made) throw new Error('Polar has made no key');
  return { ...(await keyAtPolar(world, made.id)), paymentId: payment.id };
}

async function keysAtPolar(world: World): Promise<PolarKey[]> {
  const { items } = await world.polar<{ items: PolarKey[] }>('sandbox', 'GET', '/v1/license-keys/?limit=100');
  return items;
}

export function keyAtPolar(world: World, id: string): Promise<PolarKey> {
  return world.polar<PolarKey>('sandbox', 'GET', `/v1/license-keys/${id}`);
}

let addresses = 0;
/** An address of this call's own, so that tests do not use up each other's budgets. */
export function newAddress(): string {
  addresses += 1;
  return `198.18.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
}

function post(
  app: TestApp,
  action: string,
  body: Record<string, unknown>,
  { key = app.secretKey, headers = {} }: { key?: string; headers?: Record<string, string> } = {},
): Promise<Answer<Check>> {
  return call<Check>('POST', `/v1/license-keys/${action}`, {
    key,
    body,
    headers: { 'cf-connecting-ip': newAddress(), ...headers },
  });
}

export const validate = (app: TestApp, body: Record<string, unknown>, options?: Parameters<typeof post>[3]) =>
  post(app, 'validate', body, options);
export const activate = (app: TestApp, body: Record<string, unknown>, options?: Parameters<typeof post>[3]) =>
  post(app, 'activate', { label: 'A machine', ...body }, options);
export const deactivate = (
  app: TestApp,
  body: Record<string, unknown>,
  options?: Parameters<typeof post>[3],
) => post(app, 'deactivate', body, options);

export const codeOf = ({ status, body }: Answer<Check>) => [status, body.valid, body.code];

/** Requests to Polar about licence keys since the last call of this. */
export function drainKeyRequests(world: World): string[] {
  const made = world.polarRequests.filter((each) => each.includes('/v1/license-keys'));
  world.polarRequests.length = 0;
  return made;
}

/** Rows of a table, for what only the database shows. */
export async function rowsOf<T>(table: string): Promise<T[]> {
  return (await env.DB.prepare(`select * from ${table}`).all<T>()).results;
}
