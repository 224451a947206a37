import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPolar } from '@polar-sh/sdk/2026-10';
import { afterEach, expect, test, vi } from 'vitest';
import { type SimulatorServer, startSimulatorServer } from '../../packages/polar-simulator/server.ts';
import { endChild } from '../end-child.ts';

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

test('a connection that breaks is broken for real, and the next one is whole', async () => {
  const server = await start();
  const { accessToken } = server.simulator.createOrganization({ slug: 'quay' });
  const list = () =>
    fetch(`${server.url}/v1/products/`, { headers: { authorization: `Bearer ${accessToken}` } });
  const set = (method: string, body: string | null) => fetch(`${server.url}/_sim/faults`, { method, body });
  await set('POST', JSON.stringify({ connection_reset: 1 }));
  await expect(list()).rejects.toThrow('fetch failed');
  await set('DELETE', null);
  expect((await list()).status).toBe(200);
});

/** The command as a person runs it: what it says, and how it ends. */
async function run(args: string[], until?: string) {
  const child = spawn(process.execPath, ['packages/polar-simulator/main.ts', '--port', '0', ...args]);
  closing.push(() => endChild(child, 'SIGKILL'));
  let said = '';
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const heard = new Promise<void>((resolve) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      if (until !== undefined && said.includes(until)) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
  });
  await Promise.race([heard, ended]);
  return { child, ended, said: () => said };
}

test('the command shows all that is needed, keeps its state until --reset, and ends cleanly', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  closing.push(() => rm(folder, { recursive: true }));
  const args = ['--state', join(folder, 'deep', 'state.json')];
  const tokenIn = (text: string) => /polar_oat_\w{43}/.exec(text)?.[0] ?? '';

  const first = await run(args, 'Ctrl-C');
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(first.said())?.[0] ?? '';
  const token = tokenIn(first.said());
  expect(first.said()).toContain(`${url}/_sim`);
  expect(first.said()).toContain(`curl ${url}/v1/webhooks/endpoints`);
  const polar = createPolar({ accessToken: token, baseUrl: url });
  expect((await polar.products.list()).items).toHaveLength(2);
  await polar.customers.create({ email: 'ada@floe-mail.dev' });
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(0);

  const second = await run(args, 'Ctrl-C');
  expect(tokenIn(second.said())).toBe(token);
  const again = createPolar({
    accessToken: token,
    baseUrl: /http:\/\/127\.0\.0\.1:\d+/.exec(second.said())?.[0] ?? '',
  });
  expect((await again.customers.list()).items).toMatchObject([{ email: 'ada@floe-mail.dev' }]);
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);

  const third = await run([...args, '--reset', '--seed', '9'], 'Ctrl-C');
  expect(tokenIn(third.said())).not.toBe(token);
  third.child.kill('SIGINT');
  expect(await third.ended).toBe(0);
});

test.each([
  [['--help'], 0, '--state FILE'],
  [['--port', '99999'], 1, '--port 99999 is not a port'],
  [['--reset'], 1, 'needs that too'],
  [['--seed', 'x'], 1, '--seed x is not a whole number'],
  [['--prot', '1'], 1, 'See --help'],
])('%j says what to do', async (args, code, words) => {
  const { ended, said } = await run(args);
  expect(await ended).toBe(code);
  expect(said()).toContain(words);
});

test('the command says which port is in use', async () => {
  const server = await start();
  const { port } = new URL(server.url);
  const { ended, said } = await run(['--port', port]);
  expect(await ended).toBe(1);
  expect(said()).toContain(`Port ${port} is in use`);
});

test('a state file has one owner at a time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  closing.push(() => rm(folder, { recursive: true }));
  const args = ['--state', join(folder, 'state.json')];
  const first = await run(args, 'Stop with Ctrl-C');
  const second = await run(args);
  expect(await second.ended).toBe(1);
  expect(second.said()).toContain(`is kept by process ${first.child.pid}.`);
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(0);
  const third = await run(args, 'Stop with Ctrl-C');
  expect(third.said()).toContain('Everything is kept in');
});
