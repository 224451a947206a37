import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type Request, Response } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from 'wrangler';
import type { Settings } from '../../src/base/config.ts';
import { MAIL_BINDING, MAILBOX_SERVICE, mailboxWorker } from './mailbox.ts';
import { type Packed, packedWorker } from './packed.ts';
import { HOST } from './ports.ts';
import { SIGNALS } from './signals.ts';
import { type Watch, watchWorker } from './live/watch-worker.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const MIGRATIONS = path.join(ROOT, 'migrations');
/** Nothing fires crons locally, and a newcomer should not wait a minute for a retry. */
const SCHEDULE_EVERY_MS = 3_000;
const GATEWAY_WORKER = 'floe';
/** Miniflare gives a request with this header to the worker that it names, past the first one. */
const PAST_THE_WATCH = { 'mf-route-override': GATEWAY_WORKER };

export interface GatewayOptions {
  port: number;
  /** Where D1 and KV are kept. */
  storageDir: string;
  bindings: Settings;
  /** Where mail is kept instead of being sent. */
  mailFile?: string | undefined;
  /** What `/docs` may tell pages on this machine: keys to fill samples with. */
  localKeys?: () => object;
  /** Other Workers, by the names of their bindings. */
  workers?: Readonly<Record<string, BoundWorker>>;
  /** What package managers install from this gateway alone. */
  packed?: Packed;
  /** The caller closes the gateway when a signal comes. */
  ownSignals: boolean;
  /** What looks at all requests and answers, and serves the live page. */
  watch?: Watch | undefined;
}

/** Another Worker, as the gateway calls it. */
export type BoundWorker = (request: Request) => Promise<Response>;

export interface Gateway {
  url: string;
  database: LocalDatabase;
  close(): Promise<void>;
}

/** Runs the Worker as it is deployed, with what wrangler.toml binds: real D1, KV, Queues and rate limits, on this machine. */
export async function startGateway(script: string, options: GatewayOptions): Promise<Gateway> {
  // The bundle is one module: no rules for others are needed, and Miniflare takes none beside it.
  const {
    modulesRules: _,
    email,
    serviceBindings,
    ...workerOptions
  } = readWorkerOptions(path.join(ROOT, 'wrangler.toml')).workerOptions;
  const { mailFile, localKeys, packed, watch } = options;
  const giveBackSignals = options.ownSignals ? rememberSignals() : () => undefined;
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: HOST,
      port: options.port,
      // Otherwise it asks the network where this machine is, and waits for the answer.
      cf: false,
      log: new Log(LogLevel.WARN),
      logRequests: false,
      telemetry: { enabled: false },
      unsafeTriggerHandlers: true,
      resourcePersistencePath: options.storageDir,
      // The first is where requests come in.
      workers: [
        ...(watch ? [watchWorker(GATEWAY_WORKER, watch)] : []),
        {
          ...workerOptions,
          ...(mailFile === undefined && email ? { email } : {}),
          serviceBindings: {
            ...Object(serviceBindings),
            ...(mailFile === undefined ? {} : { [MAIL_BINDING]: MAILBOX_SERVICE }),
            ...(localKeys ? { LOCAL_KEYS: () => Response.json(localKeys()) } : {}),
            ...options.workers,
          },
          rootPath: ROOT,
          name: GATEWAY_WORKER,
          modules: [{ type: 'ESModule', path: 'floe.js', contents: script }],
          modulesRoot: '.',
          bindings: { ...Object(workerOptions.bindings), ...options.bindings },
        },
        ...(mailFile === undefined ? [] : [mailboxWorker(mailFile)]),
        ...(packed ? [packedWorker(packed)] : []),
      ],
    }),
  );
  giveBackSignals();
  let database: LocalDatabase;
  try {
    await miniflare.ready;
    database = await miniflare.getD1Database('DB', GATEWAY_WORKER);
    await applyMigrations(database);
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
  const schedule = startSchedule(options.bindings.FLOE_URL);
  return {
    url: options.bindings.FLOE_URL,
    database,
    async close() {
      await schedule.stop();
      await miniflare.dispose();
    },
  };
}

/** Miniflare ends the process as soon as a signal comes, before anybody could save anything: this takes its listeners off. */
function rememberSignals(): () => void {
  const before = SIGNALS.map((signal) => process.listeners(signal));
  return () => {
    for (const [i, signal] of SIGNALS.entries()) {
      for (const listener of process.listeners(signal)) {
        if (!before[i]?.includes(listener)) process.off(signal, listener);
      }
    }
  };
}

export type LocalDatabase = Awaited<ReturnType<Miniflare['getD1Database']>>;

/** Applies what is new in migrations/, in order, remembering it as `wrangler d1 migrations apply` does. */
async function applyMigrations(database: LocalDatabase): Promise<void> {
  await database
    .prepare(
      'CREATE TABLE IF NOT EXISTS d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
    )
    .run();
  const known: { results: { name: string }[] } = await database
    .prepare('SELECT name FROM d1_migrations')
    .all();
  const applied = new Set(known.results.map((row) => row.name));
  const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith('.sql') && !applied.has(file));
  for (const file of files.toSorted()) {
    const text = await readFile(path.join(MIGRATIONS, file), 'utf8');
    const statements = text
      .split('--> statement-breakpoint')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare('INSERT INTO d1_migrations (name) VALUES (?1)').bind(file),
    ]);
  }
}

/** Fires the cron handler again and again, one run after the other, by the address that wrangler dev has for it too. */
function startSchedule(url: string) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = Promise.resolve();
  let isStopped = false;

  async function fire(): Promise<void> {
    const response = await fetch(`${url}/cdn-cgi/local/scheduled`, { headers: PAST_THE_WATCH });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  }
  function arm(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      running = fire()
        .catch((error: unknown) => {
          if (!isStopped) console.error('The schedule did not run:', error);
        })
        .finally(arm);
    }, SCHEDULE_EVERY_MS);
  }
  arm();
  return {
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
