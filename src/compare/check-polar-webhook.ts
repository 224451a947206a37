import type { Mode } from '../base/mode.rules.ts';
import { type WebhookCheck, isWebhookWell } from './reconcile-drift.rules.ts';
import type { PolarGateway, PolarEndpoint } from '../base/polar-gateway.ts';
import { POLAR_EVENT_TYPES } from '../polar/kinds.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';

type WebhookCalls = Pick<
  PolarGateway,
  'fetchWebhookEndpoints' | 'enableWebhookEndpoint' | 'registerWebhookEndpoint'
>;

/** Polar takes secrets of one's own from this length on. */
const MIN_POLAR_SECRET = 32;

/**
 * Looks whether Polar's webhook endpoint for this gateway is registered, enabled and complete, and with `mayRepair`
 * puts it right. What cannot be repaired is told in the check; the run goes on without. One that signs with a secret
 * unknown here is left alone: turned on, it would only make Polar send what is refused.
 * @throws {Problem} `polar_…` when Polar's endpoints cannot be read.
 */
export async function checkPolarWebhook(
  services: Pick<Services, 'config'>,
  polar: WebhookCalls,
  mode: Mode,
  mayRepair: boolean,
): Promise<WebhookCheck> {
  const url = `${services.config.url}/webhooks/polar`;
  const secrets = services.config.modes[mode]?.webhookSecrets ?? [];
  const ours = (await polar.fetchWebhookEndpoints()).filter((each) => each.url === url);
  // Registered twice, it is the one that works that counts, else the one that can be made to.
  const known = ours.filter((each) => secrets.includes(each.secret));
  const endpoint = known.find((each) => each.enabled) ?? known[0] ?? ours[0];
  // Several may share the types between them.
  const heard = known.filter((each) => each.enabled && each.format === 'raw');
  const check = describe(
    endpoint,
    secrets,
    new Set([...(endpoint?.events ?? []), ...heard.flatMap(({ events }) => events)]),
  );
  if (isWebhookWell(check) || !mayRepair) return check;
  // Only a person can put that right.
  if (check.secret_known === false) return { ...check, repair_error: foreignSecret(mode) };
  try {
    const { secret } = await repair(services, polar, { mode, url, endpoint });
    const isKnown = secrets.includes(secret);
    const outcome = { repaired: isKnown, repair_error: isKnown ? null : foreignSecret(mode) };
    return { ...check, secret_known: isKnown, ...outcome };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ...check, repair_error: error.message };
  }
}

function describe(
  endpoint: PolarEndpoint | undefined,
  secrets: readonly string[],
  heard: ReadonlySet<string>,
): WebhookCheck {
  return {
    registered: endpoint !== undefined,
    enabled: endpoint?.enabled ?? false,
    format: endpoint?.format ?? null,
    missing_events: endpoint ? POLAR_EVENT_TYPES.filter((type) => !heard.has(type)) : [],
    secret_known: endpoint ? secrets.includes(endpoint.secret) : null,
    repaired: false,
    repair_error: null,
  };
}

async function repair(
  services: Pick<Services, 'config'>,
  polar: WebhookCalls,
  { mode, url, endpoint }: { mode: Mode; url: string; endpoint: PolarEndpoint | undefined },
): Promise<PolarEndpoint> {
  if (endpoint) {
    // What it hears beyond the types that we know is not taken from it.
    const events = [...new Set([...endpoint.events, ...POLAR_EVENT_TYPES])];
    return polar.enableWebhookEndpoint(endpoint.id, events);
  }
  const [secret = ''] = services.config.modes[mode]?.webhookSecrets ?? [];
  if (secret.length < MIN_POLAR_SECRET) {
    throw new Problem('polar_rejected', {
      detail: `The first of POLAR_${mode.toUpperCase()}_WEBHOOK_SECRETS has fewer than ${MIN_POLAR_SECRET} characters, so Polar does not take it.`,
    });
  }
  return polar.registerWebhookEndpoint({ url, secret, events: POLAR_EVENT_TYPES });
}

/** Polar signs with a secret of its own: every Polar event would be refused until it is configured here. */
function foreignSecret(mode: Mode): string {
  return `Its secret is none of POLAR_${mode.toUpperCase()}_WEBHOOK_SECRETS. Copy it from Polar and add it there.`;
}
