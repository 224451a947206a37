import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { buildGateway } from '../../cli/local/build-gateway.ts';
import { type Gateway, startGateway } from '../../cli/local/gateway.ts';
import { callJson } from '../../cli/local/http.ts';
import { HOST, reservePort } from '../../cli/local/ports.ts';
import { makeDevelopmentSecrets } from '../../cli/local/secrets.ts';
import { openDatabase, runBatch } from '../../src/base/db/database.rows.ts';
import { tellStatements } from '../../src/tell/events/events.rows.ts';
import { endChild } from '../end-child.ts';
import { type CuttingProxy, openCuttingProxy } from './cutting-proxy.ts';

/* The feed over real connections that are cut, read by a real process that is killed. */

const IS_CI = process.env['FLOE_CI'] === '1';
const EVENTS = IS_CI ? 10_000 : 600;
const CUTS = IS_CI ? 50 : 6;
const DEATHS = IS_CI ? 10 : 3;

let folder: string;
let proxy: CuttingProxy;
let gateway: Gateway;
let app: { id: string; slug: string; key: string };

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-feed-'));
  const secrets = await makeDevelopmentSecrets();
  const port = await reservePort(0, 'the gateway', '');
  // The gateway answers at one address only.
  proxy = await openCuttingProxy(port);
  gateway = await startGateway(await buildGateway(), {
    port,
    storageDir: path.join(folder, 'state'),
    bindings: {
      FLOE_URL: proxy.url,
      FLOE_DEVELOPMENT: '1',
      FLOE_ADMIN_TOKEN: secrets.adminToken,
      FLOE_ENCRYPTION_KEYS: secrets.encryptionKeys,
      FLOE_SANDBOX_SIGNING_KEYS: secrets.signingKeys,
      // Nobody is there: only what the gateway itself has is read.
      POLAR_SANDBOX_API_URL: `http://${HOST}:1`,
      POLAR_SANDBOX_ACCESS_TOKEN: 'polar_oat_0123456789abcdefghijklmnop',
      POLAR_SANDBOX_ORGANIZATION_ID: '11111111-1111-4111-8111-111111111111',
      POLAR_SANDBOX_WEBHOOK_SECRETS: secrets.webhookSecret,
    },
    ownSignals: false,
  });
  const made = await callJson('POST', `${gateway.url}/admin/apps`, secrets.adminToken, {
    product: 'quay',
    mode: 'sandbox',
    callback_urls: ['https://shop.example-site.dev/thanks'],
  });
  const {
    id,
    slug,
    secret_key: key,
  } = z.object({ id: z.string(), slug: z.string(), secret_key: z.string() }).parse(made);
  app = { id, slug, key };
}, 300_000);
afterAll(async () => {
  await gateway.close();
  await proxy.close();
  await rm(folder, { recursive: true, force: true });
});

/** Tells the app events by the gateway's own statement. */
async function tell(count: number): Promise<void> {
  const told = Array.from({ length: count }, () => ({
    key: `payment.succeeded:${crypto.randomUUID()}`,
    type: 'payment.succeeded',
    appId: app.id,
    appSlug: app.slug,
    mode: 'sandbox' as const,
    paymentId: null,
    customerId: null,
    occurredAt: Date.now(),
    polar: { type: 'order.paid', data: { note: 'x'.repeat(300) } },
  }));
  const database = openDatabase(gateway.database);
  await runBatch(database, tellStatements(told, { origin: 'webhook', polarEventId: null, now: Date.now() }));
}

test(
  `${EVENTS} events, the connection cut ${CUTS} times and the process killed ${DEATHS} times: each once, in order`,
  { timeout: 180_000 },
  async () => {
    const ledger = path.join(folder, 'ledger');
    await writeFile(ledger, '');
    proxy.cutNext(CUTS);
    const lines = async () => (await readFile(ledger, 'utf8')).split('\n').slice(0, -1).map(Number);
    let child: ChildProcess | undefined;
    const live = () => {
      child = spawn(
        process.execPath,
        [path.join(import.meta.dirname, 'feed-consumer.ts'), proxy.url, app.key, ledger],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      return child;
    };
    try {
      const telling = (async () => {
        for (let left = EVENTS; left > 0; left -= 100) await tell(100);
      })();
      for (let death = 1; death <= DEATHS; death++) {
        const dying = live();
        await vi.waitUntil(async () => (await lines()).length >= (EVENTS * death) / (DEATHS + 1), {
          timeout: 60_000,
          interval: 20,
        });
        await endChild(dying, 'SIGKILL');
      }
      await telling;
      live();
      await vi.waitUntil(async () => (await lines()).length >= EVENTS, { timeout: 60_000, interval: 50 });
      // What comes later still comes once.
      await tell(1);
      await vi.waitUntil(async () => (await lines()).length > EVENTS, { timeout: 30_000, interval: 50 });
      expect(await lines()).toEqual(Array.from({ length: EVENTS + 1 }, (_, at) => at + 1));
      expect(proxy.left).toBe(0);
    } finally {
      if (child) await endChild(child, 'SIGKILL');
    }
  },
);
