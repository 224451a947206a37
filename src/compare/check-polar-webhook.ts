import type { Config } from '../base/config.ts';
import type { Mode } from '../base/mode.rules.ts';
import { claimRegistering } from '../base/health.rows.ts';
import { type WebhookCheck, isWebhookWell } from './reconcile-drift.rules.ts';
import type { PolarGateway, PolarEndpoint } from '../base/polar-gateway.ts';
import { POLAR_EVENT_TYPES } from '../polar/kinds.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';

type WebhookCalls = Pick<
  PolarGateway,
  'fetchWebhookEndpoints' | 'enableWebhookEndpoint' | 'registerWebhookEndpoint'
>;

/** Polar accepts a secret from us only if it has at least this length. */
const MIN_POLAR_SECRET = 32;
/** Longer than it takes from looking for the endpoint to having registered it. */
const REGISTERING_MS = 60_000;

/**
 * Checks whether Polar's webhook endpoint for this gateway is registered, enabled and complete, and with `mayRepair`
 * repairs it. The check says what cannot be repaired; the run goes on. An endpoint that signs with a secret unknown
 * here is left alone, since the gateway would refuse all that Polar sends (ADR 30).
 * @throws {Problem} `polar_…` when Polar's endpoints cannot be read.
 */
export async function checkPolarWebhook(
  services: Pick<Services, 'config' | 'database' | 'now'>,
  polar: WebhookCalls,
  mode: Mode,
  mayRepair: boolean,
): Promise<WebhookCheck> {
  const { url, secrets, endpoint, check } = look(services.config, await polar.fetchWebhookEndpoints(), mode);
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

/** What Polar's webhook endpoint for this gateway is like, among those that the organization has. Repairs nothing. */
export function describePolarWebhook(
  config: Config,
  endpoints: readonly PolarEndpoint[],
  mode: Mode,
): WebhookCheck {
  return look(config, endpoints, mode).check;
}

function look(config: Config, endpoints: readonly PolarEndpoint[], mode: Mode) {
  const url = `${config.url}/webhooks/polar`;
  const secrets = config.modes[mode]?.webhookSecrets ?? [];
  const ours = endpoints.filter((each) => each.url === url);
  // If it is registered twice, the one that works counts, else the one that can be repaired.
  const known = ours.filter((each) => secrets.includes(each.secret));
  const endpoint = known.find((each) => each.enabled) ?? known[0] ?? ours[0];
  // Several may share the types between them.
  const heard = known.filter((each) => each.enabled && each.format === 'raw');
  const types = new Set([...(endpoint?.events ?? []), ...heard.flatMap(({ events }) => events)]);
  return { url, secrets, endpoint, check: describe(endpoint, secrets, types) };
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
  services: Pick<Services, 'config' | 'database' | 'now'>,
  polar: WebhookCalls,
  { mode, url, endpoint }: { mode: Mode; url: string; endpoint: PolarEndpoint | undefined },
): Promise<PolarEndpoint> {
  if (endpoint) {
    // Types that it is registered for and that we do not know are kept.
    const events = [...new Set([...endpoint.events, ...POLAR_EVENT_TYPES])];
    return polar.enableWebhookEndpoint(endpoint.id, events);
  }
  const [secret = ''] = services.config.modes[mode]?.webhookSecrets ?? [];
  if (secret.length < MIN_POLAR_SECRET) {
    throw new Problem('polar_rejected', {
      detail: `The first of POLAR_${mode.toUpperCase()}_WEBHOOK_SECRETS has fewer than ${MIN_POLAR_SECRET} characters, so Polar does not take it.`,
    });
  }
  // Whoever has seen none at the same time would register another one: Polar would send everything by each, and only a person
  // can delete it.
  const claimed = await claimRegistering(services.database, mode, {
    now: services.now(),
    everyMs: REGISTERING_MS,
  });
  if (!claimed) {
    throw new Problem('conflict', {
      detail: 'Its registration was tried less than a minute ago. Look again in a minute.',
    });
  }
  return polar.registerWebhookEndpoint({ url, secret, events: POLAR_EVENT_TYPES });
}

/** Polar signs with a secret of its own: every Polar event would be refused until it is configured here. */
function foreignSecret(mode: Mode): string {
  return `Its secret is none of POLAR_${mode.toUpperCase()}_WEBHOOK_SECRETS. Copy it from Polar and add it there.`;
}
