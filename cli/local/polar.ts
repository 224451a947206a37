import { randomInt } from 'node:crypto';
import { startSimulatorServer } from '../../packages/polar-simulator/server.ts';
import { HOST } from './ports.ts';
import type { LocalState, StatePaths } from './state.ts';

/** Polar's own sandbox, from the environment. */
export interface SandboxAccount {
  url: string;
  accessToken: string;
  organizationId: string;
  webhookSecrets: string;
}

/** Which Polar the gateway talks to, and what proves it to each other. */
export interface Polar {
  url: string;
  accessToken: string;
  organizationId: string;
  /** As in POLAR_SANDBOX_WEBHOOK_SECRETS. */
  webhookSecrets: string;
  isSimulated: boolean;
  close(): Promise<void>;
}

const SANDBOX_URL = 'https://sandbox-api.polar.sh';

/**
 * Reads the sandbox's credentials; undefined when there is no token, so that Polar is simulated.
 * @throws an error that names what is missing beside the token.
 */
export function readSandboxAccount(env: NodeJS.ProcessEnv): SandboxAccount | undefined {
  const accessToken = env['POLAR_SANDBOX_ACCESS_TOKEN'];
  if (!accessToken) return undefined;
  const missing = ['POLAR_SANDBOX_ORGANIZATION_ID', 'POLAR_SANDBOX_WEBHOOK_SECRETS'].filter(
    (name) => !env[name],
  );
  if (missing.length > 0)
    throw new Error(
      `POLAR_SANDBOX_ACCESS_TOKEN is set, so ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} needed too.`,
    );
  return {
    url: env['POLAR_SANDBOX_API_URL'] ?? SANDBOX_URL,
    accessToken,
    organizationId: env['POLAR_SANDBOX_ORGANIZATION_ID'] ?? '',
    webhookSecrets: env['POLAR_SANDBOX_WEBHOOK_SECRETS'] ?? '',
  };
}

/** The real sandbox as the gateway's Polar. Nothing runs here for it. */
export function useSandbox(account: SandboxAccount): Polar {
  return { ...account, isSimulated: false, close: () => Promise.resolve() };
}

/** Starts the simulated Polar, with the organization it had before or a new one, which is then noted in `state`. */
export async function startSimulatedPolar(
  { port, hosts }: { port: number; hosts: readonly string[] },
  paths: StatePaths,
  state: LocalState,
): Promise<Polar> {
  const server = await startSimulatorServer({
    port,
    hostname: HOST,
    hosts,
    stateFile: paths.polar,
    seed: randomInt(1, 2 ** 31),
  });
  if (!state.organization) {
    const { id, accessToken } = server.simulator.createOrganization({
      slug: 'floe-demo',
      name: 'Floe Demo',
      environment: 'sandbox',
    });
    state.organization = { id, accessToken };
  }
  return {
    url: server.url,
    accessToken: state.organization.accessToken,
    organizationId: state.organization.id,
    webhookSecrets: state.webhookSecret,
    isSimulated: true,
    close: () => server.close(),
  };
}
