/*
 * How fast the simulator is: 1,000 purchases through the API over loopback HTTP, with every webhook of each delivered to a
 * receiver on this machine. `npm run bench:polar [-- --purchases N]`. Fails when something is missing or it takes too long.
 */

import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { createPolar } from '@polar-sh/sdk/2026-10';
import { startSimulatorServer } from '../packages/polar-simulator/server.ts';
import { EVENT_TYPES } from '../packages/polar-simulator/webhooks/types.ts';

const GOAL_S = 30;
const GIVE_UP_S = 120;
/** Buyers at one time. */
const CONCURRENCY = 8;
const QUIET_MS = 250;

const { values } = parseArgs({ options: { purchases: { type: 'string', default: '1000' } } });
const purchases = Number(values.purchases);
if (!Number.isInteger(purchases) || purchases < 1 || purchases > 20_000) {
  throw new Error('--purchases is a whole number from 1 to 20000.');
}

/** Counts what arrives, and answers at once. */
async function startReceiver() {
  const types = new Map<string, number>();
  let total = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const type = /^\{"type":"([^"]+)"/.exec(Buffer.concat(chunks).toString())?.[1] ?? 'unknown';
      types.set(type, (types.get(type) ?? 0) + 1);
      total += 1;
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/`, types, total: () => total, close: () => server.close() };
}

const receiver = await startReceiver();
const server = await startSimulatorServer({ port: 0 });
const organization = server.simulator.createOrganization({ slug: 'bench' });
const polar = createPolar({ accessToken: organization.accessToken, baseUrl: server.url });
const benefit = await polar.benefits.create({
  type: 'custom',
  description: 'Article',
  properties: { note: null },
});
const product = await polar.products.create({
  name: 'bench:article',
  prices: [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 900 }],
});
await polar.products.updateBenefits(product.id, { benefits: [benefit.id] });
await polar.webhooks.createWebhookEndpoint({ url: receiver.url, format: 'raw', events: [...EVENT_TYPES] });

let next = 0;
async function buyer(): Promise<void> {
  while (next < purchases) {
    const number = next++;
    const checkout = await polar.checkouts.create({ products: [product.id] });
    await polar.checkouts.clientConfirm(checkout.client_secret, {
      customer_email: `buyer-${number}@floe-mail.dev`,
      confirmation_token_id: 'tok_bench',
      customer_billing_address: { country: 'CH' },
    });
  }
}

/** Every event is delivered, and no new one came for a while. */
async function isQuiet(): Promise<boolean> {
  const before = receiver.total();
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const created = server.simulator.events(organization.id).length;
  return (
    created === before && receiver.total() === before && (receiver.types.get('order.paid') ?? 0) === purchases
  );
}

const startedAt = performance.now();
const elapsedS = (): number => (performance.now() - startedAt) / 1000;
await Promise.all(Array.from({ length: CONCURRENCY }, buyer));
const boughtS = elapsedS();
while (!(await isQuiet())) {
  if (elapsedS() > GIVE_UP_S) throw new Error(`Not all webhooks came within ${GIVE_UP_S} s.`);
}
const seconds = elapsedS() - QUIET_MS / 1000;

const webhooks = receiver.total();
const missing = ['order.paid', 'benefit_grant.created', 'customer.created'].filter(
  (type) => receiver.types.get(type) !== purchases,
);
console.log(
  `${purchases} purchases in ${boughtS.toFixed(1)} s, all their webhooks after ${seconds.toFixed(1)} s`,
);
console.log(
  `${(purchases / seconds).toFixed(0)} purchases/s, ${webhooks} webhooks, ${(webhooks / seconds).toFixed(0)} webhooks/s`,
);
await server.close();
receiver.close();
if (missing.length > 0) throw new Error(`Not one per purchase: ${missing.join(', ')}.`);
if (purchases === 1000 && seconds > GOAL_S) throw new Error(`Slower than ${GOAL_S} s.`);
