import { expect, test } from 'vitest';
import { diceFor, sample } from '../../packages/polar-simulator/faults/dice.ts';
import { type Distribution, isMeant, NO_FAULTS } from '../../packages/polar-simulator/faults/settings.ts';
import { type Setting, buy, sellable, setUp } from './world.ts';

const THROWS = 20_000;

function quantiles(distribution: Distribution, ...at: number[]): number[] {
  const times = Array.from({ length: THROWS }, (_, number) =>
    sample(distribution, diceFor(7, 'call', number)),
  );
  times.sort((a, b) => a - b);
  return at.map((share) => times[Math.floor(share * THROWS)] ?? 0);
}

test('a uniform latency fills its range evenly', () => {
  const [low, middle, high] = quantiles({ kind: 'uniform', min_ms: 100, max_ms: 300 }, 0.01, 0.5, 0.99);
  expect(low).toBeCloseTo(102, -1);
  expect(middle).toBeCloseTo(200, -1);
  expect(high).toBeCloseTo(298, -1);
});

test('a lognormal latency has the median and the 99th percentile that were asked for', () => {
  const [median, p99] = quantiles({ kind: 'lognormal', p50_ms: 80, p99_ms: 1200 }, 0.5, 0.99);
  expect(median).toBeGreaterThan(76);
  expect(median).toBeLessThan(84);
  expect(p99).toBeGreaterThan(1050);
  expect(p99).toBeLessThan(1350);
});

test('methods and a path pattern choose the calls that are meant', () => {
  const settings = { ...NO_FAULTS, methods: ['POST' as const], path: '/v1/checkouts/*/confirm' };
  expect(isMeant(settings, 'POST', '/v1/checkouts/client/x/confirm')).toBe(true);
  expect(isMeant(settings, 'GET', '/v1/checkouts/client/x/confirm')).toBe(false);
  expect(isMeant(settings, 'POST', '/v1/orders/')).toBe(false);
  expect(isMeant({ ...settings, path: '/v1/a.c' }, 'POST', '/v1/abc')).toBe(false);
});

async function outcomes(setting: Setting, calls = 200): Promise<string[]> {
  const seen: string[] = [];
  for (let call = 0; call < calls; call++) {
    const outcome = await setting.api('GET', '/v1/products/').then(
      ({ status }) => String(status),
      (error: unknown) => (error instanceof TypeError ? error.message : 'another error'),
    );
    seen.push(outcome);
  }
  return seen;
}

const share = (seen: string[], outcome: string): number =>
  seen.filter((each) => each === outcome).length / seen.length;

const TROUBLE = {
  seed: 42,
  rate_limited: 0.2,
  server_error: 0.1,
  server_error_status: 503,
  connection_reset: 0.1,
};

test('the same seed and the same calls meet the same trouble, in about the shares asked for', async () => {
  const first = await setUp();
  await first.api('POST', '/_sim/faults', TROUBLE);
  const seen = await outcomes(first, 1000);
  expect(share(seen, '429')).toBeGreaterThan(0.12);
  expect(share(seen, '429')).toBeLessThan(0.25);
  expect(share(seen, '503')).toBeGreaterThan(0.05);
  expect(share(seen, 'fetch failed')).toBeGreaterThan(0.06);
  expect(share(seen, '200')).toBeGreaterThan(0.5);

  const second = await setUp({ seed: 99 });
  await second.api('POST', '/_sim/faults', TROUBLE);
  expect(await outcomes(second, 1000), 'another world, the same dice').toEqual(seen);
  await second.api('POST', '/_sim/faults', { seed: 42 });
  expect(await outcomes(second, 100), 'the seed given again starts the run again').toEqual(
    seen.slice(0, 100),
  );
  await second.api('POST', '/_sim/faults', { seed: 43 });
  expect(await outcomes(second, 100)).not.toEqual(seen.slice(0, 100));
});

test('a connection that ends without an answer looks like one, before or after the call had its effect', async () => {
  const setting = await setUp();
  const customer = (email: string) => setting.api('POST', '/v1/customers/', { email });
  await setting.api('POST', '/_sim/faults', { connection_reset: 1, connection_reset_when: 'before' });
  await expect(customer('before@floe-mail.dev')).rejects.toMatchObject({
    name: 'TypeError',
    message: 'fetch failed',
    cause: { code: 'ECONNRESET' },
  });
  await setting.api('POST', '/_sim/faults', { connection_reset_when: 'after' });
  await expect(customer('after@floe-mail.dev')).rejects.toThrow('fetch failed');
  await setting.api('DELETE', '/_sim/faults');
  const { items } = await setting.polar.customers.list();
  expect(items.map(({ email }) => email)).toEqual(['after@floe-mail.dev']);
});

test('latency is waited for, pages and /_sim meet no trouble, and the filter is heeded', async () => {
  const setting = await setUp();
  await setting.api('POST', '/_sim/faults', { latency_ms: 60, rate_limited: 1, path: '/v1/pro*' });
  const startedAt = performance.now();
  expect((await setting.api('GET', '/v1/products/')).status).toBe(429);
  expect(performance.now() - startedAt).toBeGreaterThan(55);
  expect((await setting.api('GET', '/v1/orders/')).status).toBe(200);
  expect((await setting.api('GET', '/_sim/health')).status).toBe(200);
  expect((await setting.api('GET', '/_sim/faults')).json).toMatchObject({
    latency_ms: { kind: 'fixed', ms: 60 },
    so_far: { calls: 1, rate_limited: 1 },
  });
});

test.each([
  [{ rate_limited: 2 }, 'rate_limited'],
  [{ latency_ms: { kind: 'uniform', min_ms: 5, max_ms: 1 } }, 'max_ms'],
  [{ latency_ms: { kind: 'lognormal', p50_ms: 5 } }, 'p99_ms'],
  [{ latency_ms: 'slow' }, 'lognormal'],
  [{ server_error_status: 404 }, 'Must be 500, 502, 503 or 504'],
  [{ methods: ['FETCH'] }, 'methods'],
  [{ lateness: 1 }, 'lateness'],
])('%j is refused with words that say why', async (body, word) => {
  const setting = await setUp();
  const { status, text } = await setting.api('POST', '/_sim/faults', body);
  expect(status).toBe(422);
  expect(text).toContain(word);
  expect((await setting.api('GET', '/_sim/faults')).json).toMatchObject({ rate_limited: 0, methods: null });
});

async function receive(trouble: Record<string, unknown>) {
  const setting = await setUp();
  const { product } = await sellable(setting);
  await setting.simulator.settle();
  setting.received.length = 0;
  setting.heard();
  await setting.api('POST', '/_sim/faults', trouble);
  for (let buyer = 0; buyer < 20; buyer++)
    await buy(setting, product.id, { email: `b${buyer}@floe-mail.dev` });
  return {
    setting,
    sent: setting.heard(),
    received: setting.received.map(({ type, id }) => `${type} ${id}`),
  };
}

test('duplicates carry the same webhook-id', async () => {
  const { sent, received } = await receive({ webhook_duplicate: 0.3 });
  const distinct = new Set(received);
  expect(distinct.size).toBe(sent.length);
  expect((received.length - distinct.size) / sent.length).toBeGreaterThan(0.2);
  expect((received.length - distinct.size) / sent.length).toBeLessThan(0.4);
});

test('dropped events never come, and are not tried again', async () => {
  const { setting, sent, received } = await receive({ webhook_drop: 0.3 });
  expect(received.length / sent.length).toBeLessThan(0.8);
  expect(received.length / sent.length).toBeGreaterThan(0.6);
  await setting.simulator.advance(3600_000);
  expect(new Set(setting.received.map(({ id }) => id)).size).toBe(received.length);
});

test('reordered events come after later ones, but all of them come', async () => {
  const { setting, sent, received } = await receive({ webhook_reorder: 0.3 });
  const order = setting.simulator.events(setting.organization.id).map(({ id }) => id);
  const places = setting.received.map(({ id }) => order.indexOf(id));
  expect(received).toHaveLength(sent.length);
  expect(places).not.toEqual(places.toSorted((a, b) => a - b));
});

test('a window and a delay hold events back in simulated time', async () => {
  const { setting, sent, received } = await receive({ webhook_delay_ms: 5000 });
  expect(received).toEqual([]);
  await setting.simulator.advance(4900);
  expect(setting.received).toEqual([]);
  await setting.simulator.advance(100);
  expect(setting.received).toHaveLength(sent.length);
});

test('the same seed loses, doubles and moves the same events', async () => {
  const trouble = { seed: 5, webhook_drop: 0.1, webhook_duplicate: 0.2, webhook_reorder: 0.2 };
  const types = async (seed: number) => (await receive({ ...trouble, seed })).received;
  const first = await types(5);
  expect(await types(5)).toEqual(first);
  expect(await types(6)).not.toEqual(first);
});
