import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { fetchGateway } from '../harness/front-door.ts';
import { createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';

/* FLOE_OWNER_KEYS: an organization whose products say whose they are by keys of their own. */

const CUSTOMER = 'user-1';
let world: World;
let quay: TestApp;
let atlas: TestApp;
let lamp: string;
let rope: string;

/** What the gateway answers with these keys of metadata, or with those of a gateway that was told nothing. */
async function ask(
  app: TestApp,
  method: string,
  path: string,
  body?: object,
  keys: string | undefined = 'uncle-z',
) {
  const request = new Request(`${GATEWAY_URL}${path}`, {
    method,
    headers: { authorization: `Bearer ${app.secretKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await fetchGateway(request, { ...env, FLOE_OWNER_KEYS: keys });
  return { status: response.status, body: await response.json<Record<string, never>>() };
}

const pay = (app: TestApp, more: object) =>
  ask(app, 'POST', '/v1/payments', { customer: { external_id: CUSTOMER }, ...more });
const namesOf = async (app: TestApp, keys?: string) => {
  const { body } = await ask(app, 'GET', '/v1/products', undefined, keys);
  return (body as { data?: { name: string }[] }).data?.map(({ name }) => name);
};

/** What Polar tells meanwhile is heard by a gateway with the same keys. */
async function hear() {
  for (const request of world.held.splice(0))
    expect((await fetchGateway(request, { ...env, FLOE_OWNER_KEYS: 'uncle-z' })).status).toBeLessThan(300);
}

beforeAll(async () => {
  world = await createWorld();
  world.holdWebhooks = true;
  quay = await world.createApp({ product: 'quay', webhook: false });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
  const metadata = { uncle_z_product: 'quay', uncle_z_plan: 'lamp', owner_email: 'ada@quay.example' };
  lamp = (await world.createProduct({ name: 'Lamp', recurring: 'month', metadata })).id;
  // The key that gateways read unless they are told otherwise is a key like any other here.
  rope = (
    await world.createProduct({
      name: 'Rope',
      metadata: { uncle_z_product: 'atlas', gateway_product: 'quay' },
    })
  ).id;
  await world.simulator.settle();
  world.held.length = 0;
});

test('a product is sold by the app that its own keys name, and by no other', async () => {
  expect(await namesOf(quay)).toEqual(['Lamp']);
  expect(await namesOf(atlas)).toEqual(['Rope']);
  const unknown = { status: 422, body: { code: 'unknown_product' } };
  expect(await pay(atlas, { product_id: lamp })).toMatchObject(unknown);
  expect(await pay(quay, { product_id: rope })).toMatchObject(unknown);
  expect(await pay(atlas, { product_id: rope })).toMatchObject({ status: 201 });
});

test('what was bought opens the plan that its own keys name, and every view names it', async () => {
  const begun = await pay(quay, { product_id: lamp });
  expect(begun).toMatchObject({ status: 201, body: { product: { name: 'Lamp' } } });
  const { checkout_url: url, id } = begun.body as unknown as { checkout_url: string; id: string };
  await world.pay('sandbox', url, { email: 'ada@readers.dev' });
  await hear();
  expect(await ask(quay, 'GET', `/v1/payments/${id}`)).toMatchObject({
    body: { status: 'succeeded', product: { name: 'Lamp' } },
  });
  const question = { customer: `external:${CUSTOMER}`, resources: ['plan:quay:lamp'], max_age: 0 };
  expect(await ask(quay, 'POST', '/v1/access/batch', question)).toMatchObject({
    body: { results: [{ allow: true }] },
  });
  expect(await ask(quay, 'GET', '/v1/subscriptions')).toMatchObject({
    body: { data: [{ product: { name: 'Lamp', plan: 'lamp' } }] },
  });
});

test('a discount is marked by the same key, also one that an app makes', async () => {
  const discount = { type: 'percentage', basis_points: 5000, duration: 'once' };
  const make = (code: string, metadata: object) =>
    world.polar('sandbox', 'POST', '/v1/discounts/', { ...discount, name: code, code, metadata });
  await make('MARKED', { uncle_z_product: 'atlas' });
  await make('UNMARKED', { gateway_product: 'atlas' });
  expect(await pay(atlas, { product_id: rope, discount_code: 'MARKED' })).toMatchObject({ status: 201 });
  expect(await pay(atlas, { product_id: rope, discount_code: 'UNMARKED' })).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining('uncle_z_product: atlas') },
  });
  const made = await ask(atlas, 'POST', '/v1/discounts', {
    name: 'Launch',
    basis_points: 1000,
    duration: 'once',
    product_ids: [rope],
    metadata: { season: 'spring' },
  });
  expect(made).toMatchObject({ status: 201, body: { metadata: { season: 'spring' } } });
  const { id } = made.body as unknown as { id: string };
  const atPolar = () => world.polar<{ metadata: object }>('sandbox', 'GET', `/v1/discounts/${id}`);
  expect((await atPolar()).metadata).toEqual({ season: 'spring', uncle_z_product: 'atlas' });
  await ask(atlas, 'PATCH', `/v1/discounts/${id}`, { metadata: { season: 'summer' } });
  expect((await atPolar()).metadata).toEqual({ season: 'summer', uncle_z_product: 'atlas' });
});

test('keys that are written wrongly keep the gateway from its start', async () => {
  expect(await ask(quay, 'GET', '/v1/products', undefined, '{"product": "a b"}')).toMatchObject({
    status: 503,
  });
});
