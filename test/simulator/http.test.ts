import { expect, test } from 'vitest';
import { buy, sellable, setUp } from './world.ts';

test('no credentials, a wrong token and another organization’s object are told apart', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  const bare = await setting.simulator.fetch(new Request('http://polar.sim/v1/products/'));
  expect(bare.status).toBe(401);
  expect(bare.headers.get('www-authenticate')).toBe('Bearer realm="polar"');
  expect(await bare.json()).toEqual({ error: 'Unauthorized', detail: 'Unauthorized' });
  expect(await setting.api('GET', '/v1/products/', undefined, 'polar_oat_no')).toMatchObject({
    status: 401,
    json: { error: 'invalid_token' },
  });
  const other = setting.simulator.createOrganization({ slug: 'atlas' });
  expect(await setting.api('GET', `/v1/products/${product.id}`, undefined, other.accessToken)).toMatchObject({
    status: 404,
    json: { error: 'ResourceNotFound', detail: 'Not found' },
  });
});

test('a malformed id is 422, an unknown route and an unknown version are the framework’s 404', async () => {
  const setting = await setUp();
  expect((await setting.api('GET', '/v1/products/nonsense')).status).toBe(422);
  expect(await setting.api('GET', '/v1/nothing/')).toMatchObject({
    status: 404,
    json: { detail: 'Not Found' },
  });
  const response = await setting.simulator.fetch(
    new Request('http://polar.sim/v1/products/', { headers: { 'polar-version': '1999-01' } }),
  );
  expect([response.status, await response.json()]).toEqual([404, { detail: 'Not Found' }]);
});

test('the bare form of a collection redirects with 307', async () => {
  const setting = await setUp();
  const response = await setting.api('GET', '/v1/products?limit=1');
  expect(response.status).toBe(307);
  expect(response.headers.get('location')).toBe('/v1/products/?limit=1');
});

test('/api/v1 is the same as /v1, and the version is echoed', async () => {
  const setting = await setUp();
  const response = await setting.api('GET', '/api/v1/products/');
  expect(response.status).toBe(200);
  expect(response.headers.get('polar-version')).toBe('2026-10');
  expect(response.headers.get('cache-control')).toBe('private, no-store');
});

test('an organization id in a body is refused with an organization token', async () => {
  const setting = await setUp();
  const answer = await setting.api('POST', '/v1/customers/', {
    email: 'a@floe-mail.dev',
    organization_id: setting.organization.id,
  });
  expect(answer).toMatchObject({ status: 422, json: { detail: [{ type: 'organization_token' }] } });
});

test('lists are paged, clamped at 100, sorted and filtered by metadata', async () => {
  const setting = await setUp();
  for (let index = 0; index < 12; index++) {
    await setting.polar.customers.create({
      email: `c${index}@floe-mail.dev`,
      name: `Name ${String(index).padStart(2, '0')}`,
      metadata: { even: index % 2 === 0, group: index < 6 ? 'a' : 'b' },
    });
  }
  const first = await setting.polar.customers.list();
  expect(first.pagination).toEqual({ total_count: 12, max_page: 2 });
  expect(first.items[0]?.email).toBe('c11@floe-mail.dev');
  expect((await setting.polar.customers.list({ limit: 1000 })).items).toHaveLength(12);
  expect((await setting.polar.customers.list({ page: 9 })).items).toEqual([]);
  const byName = await setting.polar.customers.list({ sorting: ['name'], limit: 1 });
  expect(byName.items[0]?.name).toBe('Name 00');
  const filtered = await setting.polar.customers.list({ metadata: { even: 'true', group: ['a', 'b'] } });
  expect(filtered.pagination.total_count).toBe(6);
  for (const query of ['page=0', 'limit=0', 'limit=x', 'sorting=nothing']) {
    expect((await setting.api('GET', `/v1/customers/?${query}`)).status, query).toBe(422);
  }
});

test('bad JSON and missing fields are answered with the field', async () => {
  const setting = await setUp();
  const response = await setting.simulator.fetch(
    new Request('http://polar.sim/v1/products/', {
      method: 'POST',
      headers: { authorization: `Bearer ${setting.organization.accessToken}` },
      body: '{',
    }),
  );
  expect(response.status).toBe(422);
  const missing = await setting.api('POST', '/v1/products/', { prices: [] });
  expect(missing.json.error).toBe('RequestValidationError');
  expect(missing.json.detail).toContainEqual(
    expect.objectContaining({ type: 'missing', loc: ['body', 'name'], msg: 'Field required' }),
  );
});

async function eventsOfARun() {
  const setting = await setUp({ seed: 7 });
  const { product } = await sellable(setting);
  await buy(setting, product.id);
  return setting.simulator.events(setting.organization.id);
}

test('the same seed and the same calls give the same run', async () => {
  expect(await eventsOfARun()).toEqual(await eventsOfARun());
});

test('a snapshot brings everything back, jobs included', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { interval: 'month' });
  await buy(setting, product.id);
  const kept = JSON.parse(JSON.stringify(setting.simulator.snapshot())) as unknown;
  const other = await setUp({ seed: 99 });
  other.simulator.restore(kept);
  expect(other.simulator.events(setting.organization.id)).toEqual(
    setting.simulator.events(setting.organization.id),
  );
  await setting.simulator.advance(31 * 24 * 3600_000);
  await other.simulator.advance(31 * 24 * 3600_000);
  const types = other.simulator.events(setting.organization.id).map((event) => event.type);
  expect(types).toContain('subscription.cycled');
  expect(other.simulator.events(setting.organization.id)).toEqual(
    setting.simulator.events(setting.organization.id),
  );
});

test('trouble that is turned on is met, and goes when it is turned off', async () => {
  const setting = await setUp();
  await setting.api('POST', '/_sim/faults', { rate_limited: 1, retry_after_s: 3 });
  await expect(setting.polar.products.list()).rejects.toMatchObject({
    name: 'PolarRateLimitError',
    retryAfter: 3,
  });
  await setting.api('POST', '/_sim/faults', { rate_limited: 0, server_error: 1 });
  await expect(setting.polar.products.list()).rejects.toMatchObject({ name: 'PolarServerError' });
  await setting.api('DELETE', '/_sim/faults');
  expect((await setting.polar.products.list()).items).toEqual([]);
});

test('the books say what was paid, bought and granted', async () => {
  const setting = await setUp();
  const { product, benefit } = await sellable(setting);
  await buy(setting, product.id);
  const { json } = await setting.api('GET', '/_sim/books');
  const [books] = json.organizations;
  expect(books).toMatchObject({
    payments: [{ amount: 1000, currency: 'usd' }],
    live_purchases: [{ kind: 'order', product_id: product.id }],
  });
  expect(Object.values(books?.live_grants ?? {})).toMatchObject([[{ benefit_id: benefit.id }]]);
});
