import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildGateway } from '../../cli/local/build-gateway.ts';
import { callJson } from '../../cli/local/http.ts';
import { HOST, reservePort } from '../../cli/local/ports.ts';
import { makeDevelopmentSecrets } from '../../cli/local/secrets.ts';
import type { Simulator } from '../../packages/polar-simulator/index.ts';
import { startSimulatorServer } from '../../packages/polar-simulator/server.ts';
import { createApi } from './calls.ts';
import { createGatewayHost, type GatewayHost } from './gateway-host.ts';
import type { RunPlan } from './plan.ts';
import { type Receivers, startReceivers } from './receivers.ts';
import { setUpShop, type Shop, WORKER } from './shop.ts';

const FAULTS = { webhook_duplicate: 0.3, webhook_reorder: 0.3, webhook_drop: 0.1 };

/** Everything that runs: Polar and the receivers in this process, the gateway in one of its own. */
export interface Scene {
  simulator: Simulator;
  receivers: Receivers;
  host: GatewayHost;
  shop: Shop;
  /** What all lives of the gateway printed. */
  logFile: string;
  startTrouble(): Promise<void>;
  /** Gives the faults that the simulated Polar chose at random. */
  endTrouble(): Promise<unknown>;
}

/**
 * Below the ports that systems give to outgoing connections (from 32768 on Linux): while the gateway is dead, one of
 * those could take its place, or connect to itself.
 */
const PORTS = { from: 20_000, to: 32_000 };

/** Starts it all. What is started registers how it is ended with `onEnd`, first, so that nothing is left behind. */
export async function setScene(
  plan: RunPlan,
  folder: string,
  giveUp: AbortSignal,
  onEnd: (cleanUp: () => Promise<void>) => void,
): Promise<Scene> {
  const scriptFile = path.join(folder, 'floe.js');
  await writeFile(scriptFile, await buildGateway());
  const secrets = await makeDevelopmentSecrets();
  const simulated = await startSimulatorServer({ port: 0, hostname: HOST, seed: plan.seeds.polar });
  onEnd(() => simulated.close());
  const { simulator } = simulated;
  const { id, accessToken } = simulator.createOrganization({ slug: 'chaos', environment: 'sandbox' });
  const polar = { url: simulated.url, accessToken, organizationId: id };
  const receivers = await startReceivers(plan.seeds.receivers);
  onEnd(() => receivers.close());

  const port = await findPort();
  const url = `http://${HOST}:${port}`;
  const logFile = path.join(folder, 'gateway.log');
  const bindings = {
    FLOE_URL: url,
    FLOE_DEVELOPMENT: '1',
    FLOE_ADMIN_TOKEN: secrets.adminToken,
    FLOE_ENCRYPTION_KEYS: secrets.encryptionKeys,
    FLOE_SANDBOX_SIGNING_KEYS: secrets.signingKeys,
    // As fast as it can: this Polar has no limit.
    FLOE_RECONCILE_REQUESTS_PER_MINUTE: '6000',
    POLAR_SANDBOX_API_URL: polar.url,
    POLAR_SANDBOX_ACCESS_TOKEN: polar.accessToken,
    POLAR_SANDBOX_ORGANIZATION_ID: polar.organizationId,
    POLAR_SANDBOX_WEBHOOK_SECRETS: secrets.webhookSecret,
  };
  const gateway = { port, storageDir: path.join(folder, 'cloudflare'), bindings };
  const ledger = receivers.all.find(({ behaviour }) => behaviour === 'worker');
  const workers = ledger ? { [WORKER.binding]: receivers.url + ledger.path } : {};
  const host = createGatewayHost({ scriptFile, gateway, workers }, logFile);
  onEnd(() => host.stop());
  await host.start();
  const shop = await setUpShop(polar, createApi(url, giveUp), receivers, secrets);

  const faults = `${polar.url}/_sim/faults`;
  return {
    simulator,
    receivers,
    host,
    shop,
    logFile,
    async startTrouble() {
      await callJson('POST', faults, accessToken, { seed: plan.seeds.faults, ...FAULTS });
    },
    async endTrouble() {
      const { so_far } = await callJson('GET', faults, accessToken);
      await callJson('DELETE', faults, accessToken);
      return so_far;
    },
  };
}

async function findPort(): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      return await reservePort(randomInt(PORTS.from, PORTS.to), 'the gateway', 'FLOE_PORT');
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}
