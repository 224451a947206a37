import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import {
  eventsOf,
  NO_DRIFT,
  passTime,
  readRun,
  reconcile,
  rowsOf,
  startByHand,
  step,
} from './reconcile-calls.ts';
import { startPayment } from '../harness/story.ts';

/* Whether Polar still sends everything to this gateway, and what is done when it does not. */

let world: World;
let quay: TestApp;
let productId: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  productId = (await world.createProduct({ name: 'quay:lifetime' })).id;
});

interface Endpoint {
  id: string;
  url: string;
  enabled: boolean;
  format: string;
  events: string[];
  secret: string;
}

const endpoints = async () =>
  (await world.polar<{ items: Endpoint[] }>('sandbox', 'GET', '/v1/webhooks/endpoints')).items;
const path = () => `/v1/webhooks/endpoints/${world.polarEndpoints.sandbox}`;
const change = (fields: object) => world.polar('sandbox', 'PATCH', path(), fields);

async function buy(): Promise<void> {
  const payment = await startPayment(quay, productId);
  await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  await world.settle();
}

const originsOf = async (type: string) => (await eventsOf(`type = '${type}'`)).map(({ origin }) => origin);

describe('Polar’s webhook endpoint', () => {
  it('is found well', async () => {
    const { report } = await reconcile(world);
    expect(report.webhook).toEqual({
      registered: true,
      enabled: true,
      format: 'raw',
      missing_events: [],
      secret_known: true,
      repaired: false,
      repair_error: null,
    });
    expect(await rowsOf("select * from audit_log where action = 'reconcile.drift'")).toEqual([]);
  });

  it('that Polar disabled is told and left alone; what it missed is found at once, without grace', async () => {
    await change({ enabled: false });
    await buy();
    expect(await originsOf('payment.succeeded')).toEqual([]);
    const { id, report } = await reconcile(world, { grace_seconds: 120 });
    expect(report.webhook).toMatchObject({ registered: true, enabled: false, repaired: false });
    expect(report.kinds['order']).toMatchObject({ young: 0, missing: 1, repaired: 1 });
    expect(await originsOf('payment.succeeded')).toEqual(['reconcile']);
    expect(await endpoints()).toMatchObject([{ enabled: false }]);
    expect(await rowsOf("select actor, target from audit_log where action = 'reconcile.drift'")).toEqual([
      { actor: 'operator', target: id },
    ]);
  });

  it('that Polar disabled is enabled again when the operator allows, and hears', async () => {
    await change({ enabled: false, events: ['order.paid'] });
    await buy();
    const { report } = await reconcile(world, { repair_webhook: true });
    expect(report.webhook).toMatchObject({ enabled: false, repaired: true, repair_error: null });
    expect(report.webhook?.['missing_events']).toContain('benefit_grant.revoked');
    expect(report.kinds['order']).toMatchObject({ missing: 1, repaired: 1 });
    const [endpoint] = await endpoints();
    expect(endpoint).toMatchObject({ enabled: true, format: 'raw' });
    await buy();
    expect(await originsOf('payment.succeeded')).toEqual(['reconcile', 'webhook']);
    const after = await reconcile(world, { repair_webhook: true });
    expect(after.report.webhook).toMatchObject({ enabled: true, missing_events: [], repaired: false });
    expect(after.report.total).toEqual(NO_DRIFT);
  });

  it('keeps the types that it has beyond those known here', async () => {
    await change({ format: 'slack' });
    const events = new Set((await endpoints())[0]?.events);
    await reconcile(world, { repair_webhook: true });
    const [endpoint] = await endpoints();
    expect(endpoint?.format).toBe('raw');
    expect(new Set(endpoint?.events)).toEqual(events);
  });

  it('that is not registered is told, and registered with our secret only when the operator allows', async () => {
    await world.polar('sandbox', 'DELETE', path());
    await world.polar('sandbox', 'POST', '/v1/webhooks/endpoints', {
      url: 'https://other.example-site.dev/webhooks/polar',
      format: 'raw',
      events: ['order.paid'],
    });
    const first = await reconcile(world);
    expect(first.report.webhook).toMatchObject({ registered: false, enabled: false, secret_known: null });
    expect(await endpoints()).toHaveLength(1);
    const second = await reconcile(world, { repair_webhook: true });
    expect(second.report.webhook).toMatchObject({ registered: false, repaired: true, secret_known: true });
    const ours = (await endpoints()).filter(({ url }) => url === `${GATEWAY_URL}/webhooks/polar`);
    expect(ours).toMatchObject([{ enabled: true, secret: env.POLAR_SANDBOX_WEBHOOK_SECRETS }]);
    await buy();
    expect(await originsOf('payment.succeeded')).toEqual(['webhook']);
    expect(JSON.stringify(second)).not.toContain(env.POLAR_SANDBOX_WEBHOOK_SECRETS);
  });

  it('is not registered with a secret that Polar would refuse; the run goes on', async () => {
    await world.polar('sandbox', 'DELETE', path());
    const short = { POLAR_SANDBOX_WEBHOOK_SECRETS: 'only-29-characters-0123456789a' };
    const { id } = await startByHand({ repair_webhook: true });
    for (let i = 0; i < 5; i++) {
      await passTime();
      await step(id, short);
    }
    const run = await readRun(id);
    expect(run).toMatchObject({ status: 'finished' });
    expect(run.report.webhook).toMatchObject({ registered: false, repaired: false });
    expect(run.report.webhook?.['repair_error']).toContain('POLAR_SANDBOX_WEBHOOK_SECRETS');
    expect(await endpoints()).toEqual([]);
  });

  it('that signs with a secret unknown here is told; only a person can put that right', async () => {
    await world.polar('sandbox', 'PATCH', `${path()}/secret`);
    world.polarRequests.length = 0;
    const { report } = await reconcile(world, { repair_webhook: true });
    expect(report.webhook).toMatchObject({ enabled: true, secret_known: false, repaired: false });
    expect(report.webhook?.['repair_error']).toContain('POLAR_SANDBOX_WEBHOOK_SECRETS');
    expect(world.polarRequests.filter((each) => each.startsWith('PATCH'))).toEqual([]);
  });

  it('is repaired by scheduled runs with FLOE_REPAIR_POLAR_WEBHOOK, and left alone by an operator who says no', async () => {
    const allowed = { FLOE_REPAIR_POLAR_WEBHOOK: '1' };
    await change({ enabled: false });
    const { id } = await startByHand({ repair_webhook: false }, allowed);
    await step(id, allowed);
    expect((await readRun(id)).report.webhook).toMatchObject({ enabled: false, repaired: false });
    await env.DB.prepare('delete from reconcile_runs').run();
    const next = await startByHand({}, allowed);
    await step(next.id, allowed);
    expect((await readRun(next.id)).report.webhook).toMatchObject({ enabled: false, repaired: true });
  });
});

describe('an endpoint whose secret is not ours', () => {
  const register = (secret: string) =>
    world.polar<Endpoint>('sandbox', 'POST', '/v1/webhooks/endpoints', {
      url: `${GATEWAY_URL}/webhooks/polar`,
      format: 'raw',
      events: ['order.paid'],
      secret,
    });
  const FOREIGN = 'whsec_of_somebody_else_0123456789abcdef';

  it('is not taken for ours where ours is registered too: ours is the one turned on', async () => {
    await world.polar('sandbox', 'DELETE', path());
    const made: Endpoint[] = [];
    for (const secret of [FOREIGN, env.POLAR_SANDBOX_WEBHOOK_SECRETS, FOREIGN]) {
      const endpoint = await register(secret);
      await world.polar('sandbox', 'PATCH', `/v1/webhooks/endpoints/${endpoint.id}`, { enabled: false });
      made.push(endpoint);
    }
    const { report } = await reconcile(world, { repair_webhook: true });
    expect(report.webhook).toMatchObject({ secret_known: true, repaired: true, repair_error: null });
    const enabled = (await endpoints()).filter((each) => each.enabled);
    expect(enabled).toMatchObject([{ id: made[1]?.id, secret: env.POLAR_SANDBOX_WEBHOOK_SECRETS }]);
  });

  it('is never turned on', async () => {
    await world.polar('sandbox', 'PATCH', `${path()}/secret`);
    await change({ enabled: false });
    world.polarRequests.length = 0;
    const { report } = await reconcile(world, { repair_webhook: true });
    expect(report.webhook).toMatchObject({ enabled: false, secret_known: false, repaired: false });
    expect(report.webhook?.['repair_error']).toContain('POLAR_SANDBOX_WEBHOOK_SECRETS');
    expect(await endpoints()).toMatchObject([{ enabled: false }]);
    expect(world.polarRequests.filter((each) => !each.startsWith('GET'))).toEqual([]);
  });
});
