import { randomBytes, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, Response } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from 'wrangler';
import { bundleFloor, ROOT } from './bundle.ts';
import type { Target } from './load.ts';
import { createSideBySide, type QueueHandler } from './side-by-side.ts';

const FLOORS = ['bare', 'kv-read', 'd1-read', 'verify-insert', 'fetch-insert', 'relay'] as const;
/** What people do today to answer "may this reader see this?". */
const WAYS = ['monakiosk', 'polar-hono'] as const;
export type Floor = (typeof FLOORS)[number] | (typeof WAYS)[number];

/** As wrangler.toml names it. */
const MAIN_QUEUE = 'floe-work';
export const GATEWAY_URL = 'http://gateway.bench';
export const WEBHOOK_SECRET = 'a-webhook-secret-of-the-bench-only';

export interface Polar {
  url: string;
  accessToken: string;
  organizationId: string;
}

export type Runtime = Awaited<ReturnType<typeof startRuntime>>;
/** The gateway's vars and secrets, in a sandbox that is the simulator. */
export async function makeSettings(polar: Polar) {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: 'bench', sign_from: 0 };
  return {
    privateKey,
    adminToken: randomBytes(32).toString('base64url'),
    bindings: {
      FLOE_URL: GATEWAY_URL,
      FLOE_DEVELOPMENT: '1',
      FLOE_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      FLOE_SANDBOX_SIGNING_KEYS: JSON.stringify({ keys: [jwk] }),
      POLAR_SANDBOX_API_URL: polar.url,
      POLAR_SANDBOX_ACCESS_TOKEN: polar.accessToken,
      POLAR_SANDBOX_ORGANIZATION_ID: polar.organizationId,
      POLAR_SANDBOX_WEBHOOK_SECRETS: WEBHOOK_SECRET,
    },
  };
}

interface RuntimeOptions {
  /** Requests go to each Worker's own socket, not through the runtime's front door as with `wrangler dev`. */
  direct: boolean;
  /**
   * How the queues' consumers run: not at all; one batch of a queue after the other, as locally; or several side by
   * side, which stands for Cloudflare, where a queue with a backlog gets more consumers.
   */
  consumers: 'none' | 'in turn' | 'side by side';
  /** Whether the ways of today run beside the gateway too. */
  ways?: boolean;
}

/**
 * One local runtime with the gateway, as it is deployed, and the floors, which share its D1 and KV. Two things are left
 * out, because here they would run in the same process and be measured as the gateway's: the local router of static
 * assets, a Worker of its own before the gateway's, and, unless `consumers` says how, the queues' consumers, which on
 * Cloudflare run elsewhere.
 */
export async function startRuntime(script: string, polar: Polar, options: RuntimeOptions) {
  const settings = await makeSettings(polar);
  const {
    modulesRules: _,
    queueConsumers,
    assets: __,
    ...configured
  } = readWorkerOptions(path.join(ROOT, 'wrangler.toml')).workerOptions;
  const storage = { database: 'bench-database', entitlements: 'bench-entitlements' };
  const floors: readonly Floor[] = options.ways === true ? [...FLOORS, ...WAYS] : FLOORS;
  const floorSources = await Promise.all(floors.map((name) => bundleFloor(name)));
  const socket = { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] };
  const sideBySide = createSideBySide(
    async () => (await miniflare.getWorker('gateway')) as unknown as QueueHandler,
  );
  const miniflare: Miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs({ level, message }) {
        if (level === 'error') console.error(message);
      },
      logRequests: false,
      telemetry: { enabled: false },
      workers: [
        {
          ...configured,
          ...socket,
          rootPath: ROOT,
          name: 'gateway',
          routes: ['gateway.bench/*'],
          modules: [{ type: 'ESModule', path: 'gateway.js', contents: script }],
          modulesRoot: '.',
          d1Databases: { DB: storage.database },
          kvNamespaces: { ENTITLEMENTS: storage.entitlements },
          queueConsumers: options.consumers === 'in turn' ? Object(queueConsumers) : {},
          bindings: {
            ...Object(configured.bindings),
            ...settings.bindings,
            FLOE_ADMIN_TOKEN: settings.adminToken,
          },
        },
        {
          name: 'side-by-side',
          compatibilityDate: String(configured.compatibilityDate),
          modules: [
            { type: 'ESModule', path: 'side-by-side.js', contents: await bundleFloor('side-by-side') },
          ],
          modulesRoot: '.',
          queueConsumers: options.consumers === 'side by side' ? Object(queueConsumers) : {},
          serviceBindings: {
            async HAND_ON(request) {
              await sideBySide.take(request);
              return new Response();
            },
          },
        },
        ...floors.map((name, index) => ({
          ...socket,
          name,
          routes: [`${name}.bench/*`],
          compatibilityDate: String(configured.compatibilityDate),
          modules: [{ type: 'ESModule' as const, path: `${name}.js`, contents: floorSources[index] ?? '' }],
          modulesRoot: '.',
          d1Databases: { DB: storage.database },
          kvNamespaces: { KV: storage.entitlements },
          ...(name === 'relay' ? relayQueue(queueConsumers, options.consumers) : {}),
          bindings: { SECRET: WEBHOOK_SECRET, POLAR_URL: polar.url, POLAR_TOKEN: polar.accessToken },
        })),
      ],
    }),
  );
  const front = await miniflare.ready;
  // Miniflare's own types of these are written for another version of workerd's.
  const database = (await miniflare.getD1Database('DB', 'gateway')) as unknown as D1Database;
  const entitlements = (await miniflare.getKVNamespace('ENTITLEMENTS', 'gateway')) as unknown as KVNamespace;
  const queues = {
    gateway: await miniflare.getQueueProducer('WORK', 'gateway'),
    relay: await miniflare.getQueueProducer('RELAY', 'relay'),
  };
  await createTables(database);
  return {
    settings,
    database,
    entitlements,
    async target(name: 'gateway' | Floor): Promise<Target> {
      const url = options.direct ? await miniflare.unsafeGetDirectURL(name) : front;
      return { port: Number(url.port), host: `${name}.bench` };
    },
    /** Puts messages on the main queue of the gateway or on the relay's. */
    async enqueue(name: 'gateway' | 'relay', messages: readonly object[]): Promise<void> {
      for (const part of chunkByBytes(messages)) await queues[name].sendBatch(part.map((body) => ({ body })));
    },
    /** Has the gateway consume these messages of its main queue now, as one batch. @throws unless all are acknowledged */
    async consume(messages: readonly object[]): Promise<void> {
      const worker = (await miniflare.getWorker('gateway')) as unknown as QueueHandler;
      const batch = messages.map((body) => ({ id: randomUUID(), timestamp: new Date(), body, attempts: 1 }));
      const { outcome, retryBatch, retryMessages = [] } = await worker.queue(MAIN_QUEUE, batch);
      if (outcome !== 'ok' || retryBatch.retry || retryMessages.length > 0)
        throw new Error(`a batch of ${messages.length} messages ended with ${outcome}`);
    },
    /** Runs what cron does. */
    async runSchedule(): Promise<void> {
      // Miniflare's types know only `fetch` of it.
      const worker = (await miniflare.getWorker('gateway')) as unknown as Handlers;
      await worker.scheduled({ cron: '* * * * *' });
    },
    async close(): Promise<void> {
      await sideBySide.settle();
      await miniflare.dispose();
    },
  };
}

/** The floor's queue, with the settings of the gateway's, dead letters aside. */
function relayQueue(queueConsumers: unknown, consumers: RuntimeOptions['consumers']) {
  const { maxBatchSize, maxBatchTimeout, maxRetries } = Object(queueConsumers)[MAIN_QUEUE] as QueueSettings;
  return {
    queueProducers: { RELAY: { queueName: RELAY_QUEUE } },
    queueConsumers:
      consumers === 'in turn' ? { [RELAY_QUEUE]: { maxBatchSize, maxBatchTimeout, maxRetries } } : {},
  };
}

interface Handlers {
  scheduled(options: { cron: string }): Promise<unknown>;
}

/* What one `sendBatch` takes: 100 messages and 256 KB. */
const MESSAGES_AT_ONCE = 100;
const BYTES_AT_ONCE = 200_000;

function chunkByBytes(messages: readonly object[]): object[][] {
  const chunks: object[][] = [];
  let bytes = Infinity;
  for (const message of messages) {
    const size = JSON.stringify(message).length;
    bytes += size;
    if (bytes > BYTES_AT_ONCE || chunks.at(-1)?.length === MESSAGES_AT_ONCE) {
      chunks.push([]);
      bytes = size;
    }
    chunks.at(-1)?.push(message);
  }
  return chunks;
}

const RELAY_QUEUE = 'bench-relay';
type QueueSettings = Record<'maxBatchSize' | 'maxBatchTimeout' | 'maxRetries', number>;

async function createTables(database: D1Database): Promise<void> {
  const folder = path.join(ROOT, 'migrations');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql'));
  const texts = await Promise.all(files.toSorted().map((file) => readFile(path.join(folder, file), 'utf8')));
  const statements = texts
    .flatMap((text) => text.split('--> statement-breakpoint'))
    .map((text) => text.trim());
  const floors = [
    'create table floor_events (id text primary key, received_at integer not null, body text not null)',
    'create table floor_grants (customer_id text, benefit text, primary key (customer_id, benefit)) without rowid',
  ];
  await database.batch(
    [...statements, ...floors].filter((text) => text !== '').map((text) => database.prepare(text)),
  );
}
