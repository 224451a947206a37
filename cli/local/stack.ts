import path from 'node:path';
import { startSite } from '../../examples/site/server.ts';
import { SHELVES, readTenantName } from '../../examples/site/tenants.ts';
import { parseConfig, type Settings } from '../../src/base/config.ts';
import { nameOfFloe, packFloe } from '../pack-floe.ts';
import { nameOfKit } from '../pack-kit.ts';
import { listProducts, registerWebhook } from './ask-polar.ts';
import { buildGateway } from './build-gateway.ts';
import { type LocalDatabase, startGateway } from './gateway.ts';
import { describeLocalKeys, type LocalProduct } from './local-keys.ts';
import { createLive, type Live } from './live/live.ts';
import { type Polar, type SandboxAccount, startSimulatedPolar, useSandbox } from './polar.ts';
import { listApps, registerPages, type RegisteredApp } from './own-pages.ts';
import type { OwnPages } from './own-pages.rules.ts';
import { ownState } from './own-state.ts';
import { HOST, reservePorts, type WantedPort } from './ports.ts';
import { loadPush, pushCatalog } from './push-catalog.ts';
import { makeDevelopmentSecrets } from './secrets.ts';
import {
  type LocalState,
  readState,
  saveState,
  type StatePaths,
  statePaths,
  wipeState,
  writePrivateJson,
} from './state.ts';
import { setUpTenant, TENANTS } from './tenants.ts';

/** The demo shop, and what it sells: a configuration a tenant. */
const SHOP = path.join(import.meta.dirname, '..', '..', 'examples', 'site');

export interface StackOptions {
  /** 0 picks a free port. */
  gatewayPort: number;
  polarPort: number;
  sitePort: number;
  stateDir: string;
  /** Names that the demo site and the simulated Polar answer for beside their own. */
  hosts?: readonly string[];
  /** Pages of the developer's own that an app is to know, from now on. */
  pages?: OwnPages | undefined;
  /** Settings of the gateway, as an operator has them; those of this machine unless given. */
  settings?: Partial<Settings>;
  /** Forgets everything first. */
  reset?: boolean;
  /** Polar's real sandbox instead of the simulator. */
  sandbox?: SandboxAccount | undefined;
  /** Watches what happens, and has a page at the gateway's `/live` that shows it. */
  live?: boolean;
  /** The caller closes the stack when a signal comes. Without it, a signal just ends all of it. */
  ownSignals?: boolean;
}

export interface Stack {
  urls: { gateway: string; polar: string; site: string };
  /** Whether Polar is the simulator. */
  isSimulated: boolean;
  devFile: string;
  /** The address that package managers install the kit from. */
  kitUrl: string;
  /** The apps, with the addresses that they know. */
  apps: readonly RegisteredApp[];
  /** The gateway's. */
  database: LocalDatabase;
  /** With `live`. */
  live?: Live | undefined;
  close(): Promise<void>;
}

/**
 * Runs everything on this machine: Polar (simulated, unless `sandbox`), the gateway, two apps and the demo site.
 * Resolves when all of it answers and `dev.json` is written. What has been started is closed again when something fails.
 * @throws {StateInUseError | PortInUseError | ConfigError}
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const paths = statePaths(options.stateDir, options.sandbox ? 'sandbox' : 'simulated');
  const { hosts = [] } = options;

  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const part of started.toReversed()) await part.close();
    started.length = 0;
  };
  const run = async <Part extends { close(): Promise<void> }>(starting: Promise<Part>): Promise<Part> => {
    const part = await starting;
    started.push(part);
    return part;
  };

  try {
    const wanted = wantedPorts(options);
    await run(ownState(options.stateDir, wanted));
    const [gatewayPort = 0, sitePort = 0, polarPort = 0] = await reservePorts(wanted);
    if (options.reset) await wipeState(paths);
    const state = (await readState(paths)) ?? (await makeDevelopmentSecrets());
    const urls = { gateway: `http://${HOST}:${gatewayPort}`, site: `http://${HOST}:${sitePort}` };
    const [script, polar] = await Promise.all([
      buildGateway(),
      run(
        options.sandbox
          ? Promise.resolve(useSandbox(options.sandbox))
          : startSimulatedPolar({ port: polarPort, hosts }, paths, state),
      ),
      options.sandbox ? undefined : loadPush(),
    ]);
    await saveState(paths, state);
    const settings = { ...bindings(urls.gateway, polar, state), ...options.settings };
    // The gateway would say what is wrong with them too, at each request.
    parseConfig(settings);
    let products: readonly LocalProduct[] = [];
    const live = options.live ? await createLive(liveOptions(urls, polar, state)) : undefined;
    const { database } = await run(
      startGateway(script, {
        port: gatewayPort,
        storageDir: paths.cloudflare,
        bindings: settings,
        mailFile: paths.mail,
        localKeys: () => describeLocalKeys(state, products, { site: urls.site, polar: polar.url }),
        packed: { path: `/kit/${await nameOfFloe()}`, make: packFloe },
        ownSignals: options.ownSignals ?? false,
        watch: live?.watch,
      }),
    );
    if (live) {
      // It is closed before the gateway that it reads.
      started.push(live);
      await live.begin(database);
    }
    await setUpApps(polar, urls, state, paths);
    const gateway = { url: urls.gateway, adminToken: state.adminToken };
    if (options.pages) await registerPages(gateway, options.pages);
    const apps = await listApps(gateway);
    const simulatorUrl = polar.isSimulated ? polar.url : undefined;
    await run(startSite({ ...siteOptions(sitePort, urls.gateway, state, paths), simulatorUrl, hosts }));
    // The site listens by now: it is told of each product.
    await setUpProducts(polar, urls.gateway, state);
    products = await listProducts(polar);
    live?.ready(keysOf(state));
    const kitUrl = `${urls.gateway}/kit/${await nameOfKit()}`;
    await writePrivateJson(paths.devFile, {
      ...(await describeStack(polar, urls, state, apps, products)),
      kit_url: kitUrl,
    });
    return {
      urls: { ...urls, polar: polar.url },
      isSimulated: polar.isSimulated,
      devFile: paths.devFile,
      kitUrl,
      apps,
      database,
      live,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function wantedPorts({ gatewayPort, sitePort, polarPort, sandbox }: StackOptions): WantedPort[] {
  const simulated = { port: polarPort, what: 'the simulated Polar', variable: 'FLOE_POLAR_PORT' };
  return [
    { port: gatewayPort, what: 'the gateway', variable: 'FLOE_PORT' },
    { port: sitePort, what: 'the demo site', variable: 'FLOE_SITE_PORT' },
    ...(sandbox ? [] : [simulated]),
  ];
}

/** The vars and secrets of a sandbox deployment; `FLOE_DEVELOPMENT` allows plain http on this machine. */
function bindings(gatewayUrl: string, polar: Polar, state: LocalState): Settings {
  return {
    FLOE_URL: gatewayUrl,
    FLOE_DEVELOPMENT: '1',
    FLOE_MAIL_FROM: 'sign-in@floe.localhost',
    FLOE_ADMIN_TOKEN: state.adminToken,
    FLOE_ENCRYPTION_KEYS: state.encryptionKeys,
    FLOE_SANDBOX_SIGNING_KEYS: state.signingKeys,
    // The simulator has no limit worth sparing. A real sandbox keeps the default.
    ...(polar.isSimulated ? { FLOE_RECONCILE_REQUESTS_PER_MINUTE: '6000' } : {}),
    POLAR_SANDBOX_API_URL: polar.url,
    POLAR_SANDBOX_ACCESS_TOKEN: polar.accessToken,
    POLAR_SANDBOX_ORGANIZATION_ID: polar.organizationId,
    POLAR_SANDBOX_WEBHOOK_SECRETS: polar.webhookSecrets,
  };
}

/** It uses only the gateway's API. */
async function setUpApps(
  polar: Polar,
  urls: { gateway: string; site: string },
  state: LocalState,
  paths: StatePaths,
): Promise<void> {
  for (const tenant of TENANTS) {
    // The products of a real sandbox have names of their own, so Quay's app owns all of them.
    const ownsUnclaimed = !polar.isSimulated && tenant === 'quay';
    state.apps[tenant] = await setUpTenant(tenant, state.apps[tenant], urls, state.adminToken, ownsUnclaimed);
    // The keys are shown only once, so they are stored before anything else is done.
    await saveState(paths, state);
  }
}

/** Has Polar sell what the files of the demo shop say. The products of a real sandbox are not touched. */
async function setUpProducts(polar: Polar, gatewayUrl: string, state: LocalState): Promise<void> {
  if (!polar.isSimulated) return;
  await registerWebhook(polar, gatewayUrl, state.webhookSecret);
  for (const tenant of TENANTS) await pushCatalog(polar, SHOP, `${tenant}.config.yaml`);
}

function siteOptions(port: number, gatewayUrl: string, state: LocalState, paths: StatePaths) {
  const tenant = (name: (typeof TENANTS)[number]) => {
    const app = state.apps[name];
    return {
      secretKey: app?.secretKey ?? '',
      publishableKey: app?.publishableKey ?? '',
      webhookSecret: app?.endpoint?.secret ?? '',
    };
  };
  return {
    port,
    hostname: HOST,
    gatewayUrl,
    eventsFile: paths.events,
    mailFile: paths.mail,
    tenants: { quay: tenant('quay'), atlas: tenant('atlas') },
  };
}

function liveOptions(urls: { gateway: string; site: string }, polar: Polar, state: LocalState) {
  const { adminToken, encryptionKeys, signingKeys, webhookSecret } = state;
  return {
    urls,
    polar,
    adminToken,
    secrets: [
      adminToken,
      encryptionKeys,
      signingKeys,
      webhookSecret,
      polar.accessToken,
      polar.webhookSecrets,
    ],
    shopPathOf: (app: string) => {
      const tenant = readTenantName(app.replace(/-sandbox$/, ''));
      return tenant && SHELVES[tenant].path;
    },
  };
}

function keysOf({ apps }: LocalState) {
  return TENANTS.flatMap((tenant) => {
    const app = apps[tenant];
    return app ? [{ slug: `${tenant}-sandbox`, ...app }] : [];
  });
}

/** `.floe/dev.json`: all that somebody who tries things out by hand needs. */
async function describeStack(
  polar: Polar,
  urls: { gateway: string; site: string },
  state: LocalState,
  apps: readonly RegisteredApp[],
  products: readonly LocalProduct[],
) {
  const registered = new Map(apps.map((app) => [app.slug, app]));
  return {
    gateway_url: urls.gateway,
    polar_url: polar.url,
    site_url: urls.site,
    admin_token: state.adminToken,
    polar: {
      access_token: polar.accessToken,
      webhook_secret: polar.webhookSecrets,
      organization_id: polar.organizationId,
    },
    apps: TENANTS.map((tenant) => ({
      slug: `${tenant}-sandbox`,
      secret_key: state.apps[tenant]?.secretKey,
      publishable_key: state.apps[tenant]?.publishableKey,
      origins: registered.get(`${tenant}-sandbox`)?.origins,
      callback_urls: registered.get(`${tenant}-sandbox`)?.callbackUrls,
    })),
    products,
  };
}
