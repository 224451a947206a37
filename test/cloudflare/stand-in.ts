import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { serve } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { Response as WorkerResponse } from 'miniflare';
import { createSimulator } from '../../packages/polar-simulator/index.ts';
import type { Simulator } from '../../packages/polar-simulator/simulator.ts';
import { type Account, hostsOf, newAccount, type Permission, PERMISSIONS, type Script } from './account.ts';
import { addressRoutes } from './address-routes.ts';
import { answer, answerPage, noAuthentication, Refusal, refuse } from './answers.ts';
import { AssetSessions, assetRoutes, receiveAssets } from './asset-routes.ts';
import { queueRoutes } from './queue-routes.ts';
import { Running } from './running.ts';
import { scriptRoutes } from './script-routes.ts';
import { type Asked, storageRoutes } from './storage-routes.ts';

/*
 * Cloudflare and Polar on this machine, for tests of the command line:
 *
 *   const cloudflare = await startCloudflare();
 *   spawn(process.execPath, ['packages/floe/bin.mjs', 'setup', …], { env: { ...process.env, ...cloudflare.env } });
 *   …
 *   await cloudflare.close();
 *
 * `env` lets the real wrangler call this Cloudflare (`CLOUDFLARE_API_BASE_URL`, a token), and preloads `redirect-hosts.mjs`, which brings everything
 * else that the program fetches here: Polar (`cloudflare.polar.sandbox` and `.live`, two simulators), and the Workers that were deployed.
 * Those run in Miniflare, with the modules, files, secrets, D1, KV, queues and consumers that were uploaded; what they fetch from Polar
 * reaches the same simulators, whose webhooks reach them.
 *
 * - `cloudflare.account` is what the API has stored; `cloudflare.fetch(url)` asks a deployed Worker, Polar or a receiver, as anybody would.
 * - `cloudflare.writes` lists each call that changed something, at any of them; `forget()` empties it.
 * - `cloudflare.before = async (call) => …` looks at each call, and may answer in its place with a Response, or with 'cut' end the
 *   connection. `cloudflare.after` looks at each call that was done and whose answer waits. A test that kills the program does it there.
 * - `cloudflare.receivers.set('quay.example.com', handler)` is another server of the open web.
 * - `cloudflare.fireCrons()` is one minute of Cloudflare's; `cronEveryMs` fires them by itself.
 */

/** One call, by whom it was sent to. */
export interface Call {
  host: string;
  method: string;
  path: string;
  isWrite: boolean;
}

type Handler = (request: Request) => Response | Promise<Response>;

export interface StandInOptions {
  /** How often crons fire by themselves; undefined: only when `fireCrons` is called. */
  cronEveryMs?: number;
  /** What the token may do. Default: everything. */
  permissions?: readonly Permission[];
  /** The account's name under workers.dev. Default `acme`; null: none is registered. */
  subdomain?: string | null;
}

export interface StandIn {
  /** Of this machine, for whoever calls it without the preload. */
  url: string;
  env: Record<string, string>;
  token: string;
  account: Account;
  /** Further accounts that the token may use. */
  accounts: Account[];
  permissions: Set<Permission>;
  polar: { sandbox: Simulator; live: Simulator };
  receivers: Map<string, Handler>;
  writes: Call[];
  before: ((call: Call) => unknown) | undefined;
  after: ((call: Call) => unknown) | undefined;
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** The same over the wire, where it is counted and may be cut: what a program that runs in this process is given as its `fetch`. */
  wire: typeof globalThis.fetch;
  query(database: string, sql: string): Promise<object[]>;
  fireCrons(): Promise<void>;
  forget(): void;
  close(): Promise<void>;
}

const API_HOST = 'api.cloudflare.com';
const POLAR_HOSTS = { 'api.polar.sh': 'live', 'sandbox-api.polar.sh': 'sandbox' } as const;
const PRELOAD = pathToFileURL(path.join(import.meta.dirname, 'redirect-hosts.mjs')).href;
/** Whom the gateway counts requests of. */
const CALLER_IP = '203.0.113.7';

export async function startCloudflare(options: StandInOptions = {}): Promise<StandIn> {
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-cloudflare-'));
  const account = newAccount('Acme', options.subdomain === null ? undefined : (options.subdomain ?? 'acme'));
  account.zones.push({ id: 'f'.repeat(32), name: 'example.com' });
  const accounts = [account];
  const running = new Running(accounts, folder, async (request) => {
    const { status, headers, body } = await answerHost(
      new URL(request.url).host,
      new Request(request.url, {
        method: request.method,
        headers: [...request.headers],
        ...(request.body ? { body: await request.arrayBuffer() } : {}),
      }),
    );
    return new WorkerResponse(body as never, { status, headers: [...headers] });
  });
  const simulatorAt = (host: string, seed: number) =>
    createSimulator({
      // Two Polars: no id of one is an id of the other.
      seed,
      publicUrl: `https://${host}`,
      fetch: (request) => answerHost(new URL(request.url).host, request),
      jobs: 'timers',
    });
  const standIn: StandIn = {
    url: '',
    env: {},
    token: 'a-token-of-the-stand-in-0123456789abcdef',
    account,
    accounts,
    permissions: new Set(options.permissions ?? PERMISSIONS),
    polar: { live: simulatorAt('api.polar.sh', 1), sandbox: simulatorAt('sandbox-api.polar.sh', 2) },
    receivers: new Map(),
    writes: [],
    before: undefined,
    after: undefined,
    async fetch(url, init) {
      const request = new Request(url, init);
      return answerHost(new URL(url).host, request);
    },
    async wire(input, init) {
      const request = new Request(input, init);
      const url = new URL(request.url);
      if (url.origin === standIn.url) return globalThis.fetch(request);
      const body = request.body ? await request.arrayBuffer() : undefined;
      const headers = new Headers(request.headers);
      headers.set('x-stand-in-host', url.host);
      return globalThis.fetch(new URL(url.pathname + url.search, standIn.url), {
        method: request.method,
        headers,
        signal: request.signal,
        ...(body === undefined ? {} : { body }),
      });
    },
    async query(database, sql) {
      const found = account.databases.find(({ name }) => name === database);
      if (!found) throw new Error(`There is no database ${database}.`);
      return running.query(found.uuid, sql, []);
    },
    async fireCrons() {
      for (const script of account.scripts.values()) await running.fireCrons(script);
    },
    forget() {
      standIn.writes.length = 0;
    },
    async close() {
      clearInterval(timer);
      await firing;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
      await Promise.all([standIn.polar.live.stop(), standIn.polar.sandbox.stop()]);
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  const api = apiOf(standIn, running);

  /** Answers for any name of the web: Polar, a deployed Worker, a receiver. */
  async function answerHost(host: string, request: Request): Promise<Response> {
    if (host in POLAR_HOSTS)
      return standIn.polar[POLAR_HOSTS[host as keyof typeof POLAR_HOSTS]].fetch(request);
    const receiver = standIn.receivers.get(host);
    if (receiver) return receiver(request);
    const script = scriptAt(accounts, host);
    if (!script) return new Response('error code: 1016', { status: 530 });
    const headers = new Headers(request.headers);
    headers.set('cf-connecting-ip', CALLER_IP);
    headers.delete('x-stand-in-host');
    const body = request.body ? await request.arrayBuffer() : undefined;
    const response = await running.fetch(script, request.url, {
      method: request.method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    return new Response(response.body as never, { status: response.status, headers: [...response.headers] });
  }

  const server = serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request, { incoming }) {
      const url = new URL(request.url);
      const host = request.headers.get('x-stand-in-host') ?? API_HOST;
      const { method } = request;
      // Bytes, so that what is looked at can still be sent on.
      const body = ['GET', 'HEAD'].includes(method) ? undefined : await request.arrayBuffer();
      const call: Call = { host, method, path: url.pathname, isWrite: isWrite(host, method, url, body) };
      const instead = await standIn.before?.(call);
      if (instead === 'cut') {
        incoming.socket.destroy();
        return RESPONSE_ALREADY_SENT;
      }
      if (instead instanceof Response) return instead;
      const headers = new Headers(request.headers);
      // What was redirected comes in pieces; whoever it is meant for was sent its length.
      if (body !== undefined) headers.set('content-length', String(body.byteLength));
      headers.delete('transfer-encoding');
      const meant = new Request(
        host === API_HOST ? request.url : `https://${host}${url.pathname}${url.search}`,
        {
          method,
          headers,
          ...(body === undefined ? {} : { body }),
        },
      );
      const response = host === API_HOST ? await api.fetch(meant) : await answerHost(host, meant);
      if (call.isWrite && response.ok) standIn.writes.push(call);
      await standIn.after?.(call);
      return response;
    },
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  standIn.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  standIn.env = {
    CLOUDFLARE_API_BASE_URL: `${standIn.url}/client/v4`,
    CLOUDFLARE_API_TOKEN: standIn.token,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    NODE_OPTIONS: `--import=${PRELOAD}`,
    FLOE_TEST_STAND_IN: standIn.url,
    // Where wrangler keeps its log and its login: nothing of whoever runs the tests.
    WRANGLER_LOG_PATH: path.join(folder, 'wrangler-logs'),
    XDG_CONFIG_HOME: path.join(folder, 'config'),
  };
  let firing: Promise<void> = Promise.resolve();
  let isFiring = false;
  const timer = setInterval(() => {
    if (options.cronEveryMs === undefined || isFiring) return;
    isFiring = true;
    firing = standIn
      .fireCrons()
      .catch((error: unknown) => console.error('Crons did not run:', error))
      .finally(() => (isFiring = false));
  }, options.cronEveryMs ?? 60_000);
  return standIn;
}

function apiOf(standIn: StandIn, running: Running): Hono {
  const sessions = new AssetSessions();
  const api = new Hono().basePath('/client/v4');
  const isKnown = (header: string | undefined) => header === `Bearer ${standIn.token}`;

  api.onError((error, context) => {
    if (error instanceof Refusal) return refuse(context, error);
    console.error('The stand-in failed:', error);
    return refuse(context, new Refusal(500, 10001, error.message));
  });
  api.notFound((context) =>
    refuse(
      context,
      new Refusal(404, 7000, `No route for that URI: ${context.req.method} ${context.req.path}`),
    ),
  );

  // Files come with the token of their session.
  api.post('/accounts/:account/workers/assets/upload', async (context) => {
    const token = (context.req.header('authorization') ?? '').replace(/^Bearer /, '');
    const result = await receiveAssets(sessions, token, context.req.raw);
    return context.json({ success: true, errors: [], messages: [], result }, 201);
  });

  api.use(async (context, next) => {
    if (!isKnown(context.req.header('authorization')))
      throw context.req.path.endsWith('/user/tokens/verify')
        ? new Refusal(401, 1000, 'Invalid API Token')
        : new Refusal(403, 9109, 'Invalid access token');
    await next();
  });

  api.get('/user/tokens/verify', (context) => answer(context, { id: 'a'.repeat(32), status: 'active' }));
  api.get('/user', (context) => {
    if (!standIn.permissions.has('user'))
      throw new Refusal(403, 9109, 'Unauthorized to access requested resource');
    return answer(context, { id: 'b'.repeat(32), email: 'ada@example.com' });
  });
  const usable = () => (standIn.permissions.has('account') ? standIn.accounts : []);
  api.get('/accounts', (context) =>
    answerPage(
      context,
      usable().map(({ id, name }) => ({ id, name })),
    ),
  );
  api.get('/memberships', (context) =>
    answerPage(
      context,
      usable().map(({ id, name }) => ({
        id,
        status: 'accepted',
        account: { id, name },
        roles: ['Administrator'],
      })),
    ),
  );
  api.get('/zones', (context) => {
    require(standIn, 'zones');
    const name = context.req.query('name');
    return answerPage(
      context,
      standIn.account.zones.filter((zone) => name === undefined || zone.name === name),
    );
  });

  const ofAccount = new Hono<Asked>();
  ofAccount.use(async (context, next) => {
    const account = standIn.accounts.find(({ id }) => id === context.req.param('account'));
    if (!account) throw noAuthentication();
    const [, below = ''] = context.req.path.split(`/accounts/${account.id}`);
    require(standIn, permissionFor(below));
    context.set('account', account);
    await next();
  });
  ofAccount.get('/', (context) =>
    answer(context, { id: context.var.account.id, name: context.var.account.name }),
  );
  for (const routes of [
    storageRoutes(running),
    queueRoutes(running),
    assetRoutes(sessions),
    addressRoutes(running),
    scriptRoutes(running, sessions),
  ])
    ofAccount.route('/', routes);
  ofAccount.notFound((context) => {
    throw new Refusal(404, 7000, `No route for that URI: ${context.req.method} ${context.req.path}`);
  });
  api.route('/accounts/:account', ofAccount);
  return api;
}

function permissionFor(below: string): Permission {
  if (below.startsWith('/d1/')) return 'd1';
  if (below.startsWith('/storage/kv/')) return 'kv';
  if (below.startsWith('/queues')) return 'queues';
  if (below.startsWith('/workers/')) return 'scripts';
  return 'account';
}

/** @throws {Refusal} as Cloudflare says it for a token that may not */
function require(standIn: StandIn, permission: Permission): void {
  if (!standIn.permissions.has(permission)) throw noAuthentication();
}

function scriptAt(accounts: readonly Account[], host: string): Script | undefined {
  for (const account of accounts)
    for (const script of account.scripts.values()) if (hostsOf(account, script).includes(host)) return script;
  return undefined;
}

const READS = ['/user/tokens/verify', '/domains/changeset'];

/** Whether a call may change something. D1 is asked by POST, so what it is asked decides. */
function isWrite(host: string, method: string, url: URL, body: ArrayBuffer | undefined): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(method)) return false;
  if (host !== API_HOST) return true;
  if (READS.some((each) => url.pathname.endsWith(each))) return false;
  if (!/\/d1\/database\/[^/]+\/query$/.test(url.pathname)) return true;
  const { sql } = JSON.parse(new TextDecoder().decode(body)) as { sql: string };
  return !/^\s*(select|pragma|create table if not exists)\b/i.test(sql);
}
