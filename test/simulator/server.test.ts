import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPolar } from '@polar-sh/sdk/2026-10';
import { afterEach, expect, test, vi } from 'vitest';
import { type SimulatorServer, startSimulatorServer } from '../../simulator/server.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(options: { stateFile?: string; port?: number } = {}): Promise<SimulatorServer> {
  const server = await startSimulatorServer({ port: 0, ...options });
  closing.push(() => server.close());
  return server;
}

async function receiver(): Promise<{ url: string; types: string[] }> {
  const types: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      types.push((JSON.parse(body) as { type: string }).type);
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/hook`, types };
}

async function sell(server: SimulatorServer, hook: string) {
  const { accessToken } = server.simulator.createOrganization({ slug: 'quay' });
  const polar = createPolar({ accessToken, baseUrl: server.url });
  await polar.webhooks.createWebhookEndpoint({
    url: hook,
    format: 'raw',
    events: ['order.paid', 'benefit_grant.created'],
  });
  const benefit = await polar.benefits.create({
    type: 'custom',
    description: 'Article',
    properties: { note: null },
  });
  const product = await polar.products.create({
    name: 'quay:article',
    prices: [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 700 }],
  });
  await polar.products.updateBenefits(product.id, { benefits: [benefit.id] });
  const checkout = await polar.checkouts.create({ products: [product.id] });
  await polar.checkouts.clientConfirm(checkout.client_secret, {
    customer_email: 'ada@floe-mail.dev',
    confirmation_token_id: 'tok',
    customer_billing_address: { country: 'CH' },
  });
  return { polar, checkout };
}

test('the official SDK buys over HTTP, and the webhooks come by themselves', async () => {
  const server = await start();
  const hook = await receiver();
  const { polar, checkout } = await sell(server, hook.url);
  await vi.waitFor(() => expect(hook.types).toEqual(['order.paid', 'benefit_grant.created']), {
    timeout: 5000,
  });
  expect((await polar.checkouts.get(checkout.id)).status).toBe('succeeded');
});

test('the state survives a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  closing.push(() => rm(folder, { recursive: true }));
  const stateFile = join(folder, 'state.json');
  const first = await startSimulatorServer({ port: 0, stateFile });
  const { checkout } = await sell(first, 'http://127.0.0.1:1/nobody');
  const token = first.simulator.createOrganization({ slug: 'atlas' });
  await first.close();
  const second = await start({ stateFile });
  expect(() => second.simulator.createOrganization({ slug: 'atlas' })).toThrow();
  const page = await fetch(`${second.url}/v1/checkouts/client/${checkout.client_secret}`);
  expect(page.status).toBe(200);
  const list = await fetch(`${second.url}/v1/products/`, {
    headers: { authorization: `Bearer ${token.accessToken}` },
  });
  expect(await list.json()).toMatchObject({ items: [] });
});

test('a port in use is a message that says so', async () => {
  const server = await start();
  const port = Number(new URL(server.url).port);
  await expect(startSimulatorServer({ port })).rejects.toThrow(`Port ${port} is in use`);
});
