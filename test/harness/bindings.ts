import { exportJWK, generateKeyPair } from 'jose';
import { createSimulator } from '../../packages/polar-simulator/index.ts';

/*
 * The Worker's settings in tests. Ids and tokens of the simulated organizations follow from the seed, so that the
 * settings, made before the tests' isolate exists, and the simulator inside it agree.
 */
export const GATEWAY_URL = 'https://floe.test-gateway.dev';
export const SIMULATOR_SEED = 7;
export const LIVE_API_URL = 'https://api.polar.sh';
export const SANDBOX_API_URL = 'https://sandbox-api.polar.sh';

/** The two organizations, always made in this order. */
export function createOrganizations(simulator: ReturnType<typeof createSimulator>) {
  return {
    live: simulator.createOrganization({ slug: 'floe-live', environment: 'production' }),
    sandbox: simulator.createOrganization({ slug: 'floe-sandbox', environment: 'sandbox' }),
  };
}

/** Vars and secrets for the Worker under test, fresh keys in every run. */
export async function makeTestBindings() {
  const simulator = createSimulator({
    publicUrl: SANDBOX_API_URL,
    fetch: () => Promise.resolve(new Response()),
    seed: SIMULATOR_SEED,
    jobs: 'manual',
  });
  const { live, sandbox } = createOrganizations(simulator);
  return {
    FLOE_URL: GATEWAY_URL,
    FLOE_ADMIN_TOKEN: 'operator-token-for-tests-only-0123456789',
    FLOE_ENCRYPTION_KEYS: `k1:${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')}`,
    POLAR_LIVE_ACCESS_TOKEN: live.accessToken,
    POLAR_LIVE_ORGANIZATION_ID: live.id,
    POLAR_LIVE_WEBHOOK_SECRETS:
      'whsec_liveSecretForTests0123456789abcdefghijkl01,whsec_liveOlderForTests0123456789abcdefghijklm02',
    FLOE_LIVE_SIGNING_KEYS: await makeSigningKeys('live'),
    POLAR_SANDBOX_ACCESS_TOKEN: sandbox.accessToken,
    POLAR_SANDBOX_ORGANIZATION_ID: sandbox.id,
    POLAR_SANDBOX_WEBHOOK_SECRETS: 'whsec_sandboxSecretForTests0123456789abcdefghij',
    FLOE_SANDBOX_SIGNING_KEYS: await makeSigningKeys('sandbox'),
    FLOE_MAIL_FROM: 'sign-in@floe.test-gateway.dev',
    // As fast as the simulator answers; what keeps to the budget is tested with the defaults.
    FLOE_RECONCILE_REQUESTS_PER_MINUTE: '60000',
  };
}

async function makeSigningKeys(mode: string): Promise<string> {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  return JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: `${mode}-1`, sign_from: 0 }] });
}
