import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from 'wrangler';
import { bundleFloor, ROOT } from './bundle.ts';
import type { Target } from './load.ts';

const FLOORS = ['bare', 'kv-read', 'd1-read', 'verify-insert', 'fetch-insert'] as const;
export type Floor = (typeof FLOORS)[number];

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

/**
 * One local runtime with the gateway, as it is deployed, and the floors, which share its D1 and KV. Two things are left
 * out, because here they would run in the same process and be measured as the gateway's: the queues' consumers, which on
 * Cloudflare run elsewhere, and the local router of static assets, a Worker of its own before the gateway's.
 * Requests come through the runtime's front door, as with `wrangler dev`; `direct`: to each Worker's own socket.
 */
export async function startRuntime(script: string, polar: Polar, options: { direct: boolean }) {
  const settings = await makeSettings(polar);
  const {
    modulesRules: _,
    queueConsumers: __,
    assets: ___,
    ...configured
  } = readWorkerOptions(path.join(ROOT, 'wrangler.toml')).workerOptions;
  const storage = { database: 'bench-database', entitlements: 'bench-entitlements' };
  const floorSources = await Promise.all(FLOORS.map((name) => bundleFloor(name)));
  const socket = { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      log: new Log(LogLevel.ERROR),
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
          bindings: {
            ...Object(configured.bindings),
            ...settings.bindings,
            FLOE_ADMIN_TOKEN: settings.adminToken,
          },
        },
        ...FLOORS.map((name, index) => ({
          ...socket,
          name,
          routes: [`${name}.bench/*`],
          compatibilityDate: String(configured.compatibilityDate),
          modules: [{ type: 'ESModule' as const, path: `${name}.js`, contents: floorSources[index] ?? '' }],
          modulesRoot: '.',
          d1Databases: { DB: storage.database },
          kvNamespaces: { KV: storage.entitlements },
          bindings: { SECRET: WEBHOOK_SECRET, POLAR_URL: polar.url, POLAR_TOKEN: polar.accessToken },
        })),
      ],
    }),
  );
  const front = await miniflare.ready;
  // Miniflare's own types of these are written for another version of workerd's.
  const database = (await miniflare.getD1Database('DB', 'gateway')) as unknown as D1Database;
  const entitlements = (await miniflare.getKVNamespace('ENTITLEMENTS', 'gateway')) as unknown as KVNamespace;
  await createTables(database);
  return {
    settings,
    database,
    entitlements,
    async target(name: 'gateway' | Floor): Promise<Target> {
      const url = options.direct ? await miniflare.unsafeGetDirectURL(name) : front;
      return { port: Number(url.port), host: `${name}.bench` };
    },
    close: () => miniflare.dispose(),
  };
}

async function createTables(database: D1Database): Promise<void> {
  const folder = path.join(ROOT, 'migrations');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql'));
  const texts = await Promise.all(files.toSorted().map((file) => readFile(path.join(folder, file), 'utf8')));
  const statements = texts
    .flatMap((text) => text.split('--> statement-breakpoint'))
    .map((text) => text.trim());
  const floor =
    'create table floor_events (id text primary key, received_at integer not null, body text not null)';
  await database.batch(
    [...statements, floor].filter((text) => text !== '').map((text) => database.prepare(text)),
  );
}
