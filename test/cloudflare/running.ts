import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type Request, type Response } from 'miniflare';
import { unstable_splitSqlQuery as splitSql } from 'wrangler';
import { type Account, type Binding, runningVersion, type Script, type Version } from './account.ts';

export interface Sent {
  method?: string;
  headers?: Iterable<[string, string]>;
  body?: ArrayBuffer;
}

/** What is used of D1. */
interface Database {
  prepare(sql: string): { bind(...params: unknown[]): object };
  batch(statements: object[]): Promise<object[]>;
}
type Options = Parameters<typeof convertV4MiniflareOptions>[0];
type WorkerOptions = Extract<Options, { workers: unknown }>['workers'][number];

/** Holds all databases, so that they can be asked before there is a Worker. */
const STORE = 'store-of-the-stand-in';
/** Miniflare gives a request with this header to the Worker that it names. */
const TO_WORKER = 'mf-route-override';
const STORE_SCRIPT = 'export default { fetch() { return new Response(null, { status: 404 }); } }';

/**
 * Runs what was uploaded: real D1, KV and queues, with the versions that are deployed. It starts, and starts again with what has changed, when
 * something is asked of it.
 */
export class Running {
  readonly #accounts: readonly Account[];
  readonly #folder: string;
  /** What Workers fetch from elsewhere. */
  readonly #outbound: (request: Request) => Promise<Response>;
  #miniflare: Miniflare | undefined;
  #isStale = true;
  #starting: Promise<Miniflare> | undefined;

  constructor(
    accounts: readonly Account[],
    folder: string,
    outbound: (request: Request) => Promise<Response>,
  ) {
    this.#accounts = accounts;
    this.#folder = folder;
    this.#outbound = outbound;
  }

  /** Something that runs is another one now. */
  changed(): void {
    this.#isStale = true;
  }

  /** Statements of SQL, in one transaction, answered as D1's API does. */
  async query(uuid: string, sql: string, params: unknown[]): Promise<object[]> {
    const database = await this.database(uuid);
    const statements = splitSql(sql).filter((each) => each.trim() !== '');
    const prepared = statements.map((each) => database.prepare(each).bind(...params));
    return database.batch(prepared);
  }

  async database(uuid: string): Promise<Database> {
    const miniflare = await this.#current();
    return miniflare.getD1Database(uuid, STORE);
  }

  /** Sends a request to a Worker, whatever name it answers to. */
  async fetch(script: Script, url: string, init: Sent = {}): Promise<Response> {
    const miniflare = await this.#current();
    const headers: [string, string][] = [...(init.headers ?? []), [TO_WORKER, script.name]];
    return miniflare.dispatchFetch(url, { ...init, headers, redirect: 'manual' });
  }

  /** What Cloudflare does every minute. */
  async fireCrons(script: Script): Promise<void> {
    for (const cron of script.crons) {
      const url = `http://crons.invalid/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`;
      const response = await this.fetch(script, url);
      if (!response.ok) throw new Error(`The cron of ${script.name} failed: ${await response.text()}`);
    }
  }

  async stop(): Promise<void> {
    await this.#starting;
    await this.#miniflare?.dispose();
  }

  /** One start at a time: whoever asks meanwhile gets what it makes. */
  async #current(): Promise<Miniflare> {
    while (this.#isStale || !this.#miniflare) {
      this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
      await this.#starting;
    }
    return this.#miniflare;
  }

  async #start(): Promise<Miniflare> {
    this.#isStale = false;
    const options = await this.#options();
    if (this.#miniflare) await this.#miniflare.setOptions(options);
    else this.#miniflare = new Miniflare(options);
    await this.#miniflare.ready;
    return this.#miniflare;
  }

  async #options() {
    const databases = this.#accounts.flatMap((account) => account.databases);
    const workers: WorkerOptions[] = [
      {
        name: STORE,
        modules: [{ type: 'ESModule', path: 'store.js', contents: STORE_SCRIPT }],
        modulesRoot: '.',
        d1Databases: Object.fromEntries(databases.map(({ uuid }) => [uuid, { id: uuid }])),
      },
    ];
    for (const account of this.#accounts) {
      for (const script of account.scripts.values()) {
        const version = runningVersion(script);
        if (version) workers.push(await this.#workerOf(account, script, version));
      }
    }
    return convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      log: new Log(LogLevel.WARN),
      logRequests: false,
      telemetry: { enabled: false },
      unsafeTriggerHandlers: true,
      resourcePersistencePath: path.join(this.#folder, 'storage'),
      workers,
    });
  }

  async #workerOf(account: Account, script: Script, version: Version): Promise<WorkerOptions> {
    const of = (type: string) => version.bindings.filter((each) => each.type === type);
    const named = <T>(type: string, value: (binding: Binding) => T) =>
      Object.fromEntries(of(type).map((binding) => [binding.name, value(binding)]));
    const consumed = account.queues.flatMap(({ name, consumers }) =>
      consumers.filter((each) => each.script === script.name).map((consumer) => [name, consumer] as const),
    );
    const assets = await this.#writeAssets(account, version);
    const [assetBinding] = of('assets');
    return {
      name: script.name,
      compatibilityDate: version.compatibilityDate,
      compatibilityFlags: version.compatibilityFlags,
      modules: version.modules
        .toSorted((a, b) => Number(b.name === version.mainModule) - Number(a.name === version.mainModule))
        .map(({ name, content }) => ({
          type: 'ESModule' as const,
          path: name,
          contents: new TextDecoder().decode(content),
        })),
      modulesRoot: '.',
      bindings: { ...named('plain_text', textOf), ...named('secret_text', textOf) },
      d1Databases: named('d1', (binding) => ({ id: String(binding['id']) })),
      kvNamespaces: named('kv_namespace', (binding) => ({ id: String(binding['namespace_id']) })),
      queueProducers: named('queue', (binding) => ({ queueName: String(binding['queue_name']) })),
      queueConsumers: Object.fromEntries(
        consumed.map(([name, { settings, deadLetterQueue }]) => [
          name,
          {
            ...defined('maxBatchSize', settings['batch_size']),
            ...defined('maxBatchTimeout', (settings['max_wait_time_ms'] ?? 0) / 1000),
            ...defined('maxRetries', settings['max_retries']),
            ...defined('deadLetterQueue', deadLetterQueue),
          },
        ]),
      ),
      ratelimits: named('ratelimit', (binding) => ({
        namespace_id: String(binding['namespace_id']),
        simple: binding['simple'] as { limit: number; period: 10 | 60 },
      })),
      email: { send_email: of('send_email').map(({ name }) => ({ name })) },
      outboundService: this.#outbound,
      ...(assets === undefined || assetBinding === undefined
        ? {}
        : {
            assets: {
              directory: assets,
              binding: assetBinding.name,
              routerConfig: {
                has_user_worker: true,
                invoke_user_worker_ahead_of_assets: version.assetsConfig['run_worker_first'] === true,
              },
              assetConfig: {
                compatibility_date: version.compatibilityDate,
                compatibility_flags: version.compatibilityFlags,
              },
            },
          }),
    };
  }

  async #writeAssets({ files }: Account, version: Version): Promise<string | undefined> {
    if (!version.assets) return undefined;
    const folder = path.join(this.#folder, 'assets', version.id);
    for (const [name, hash] of version.assets) {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, files.get(hash)?.content ?? '');
    }
    return folder;
  }
}

function textOf({ text }: Binding): string {
  return String(text);
}

function defined<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}
