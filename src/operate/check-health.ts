import type { HealthView, PartState } from './health.answers.ts';
import { type Lacking, NOTHING_LACKING, presentCapabilities, warnOfScopes } from './lacking-scopes.rules.ts';
import { keepOrganizationKnown } from '../record/learn-organization.ts';
import {
  type KnownOrganizations,
  presentOrganizations,
  selectOrganizations,
  warnOfOrganizations,
} from './known-organizations.ts';
import type { ModeConfig } from '../base/config.ts';
import { type Mode, MODES } from '../base/mode.rules.ts';
import { selectLackingScopes } from '../base/lacking-scopes.rows.ts';
import { log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { runBatch } from '../base/db/database.rows.ts';
import {
  claimHealthRound,
  findMissingMigrations,
  type HealthCheck,
  type HealthPart,
  noteHealth,
  notePing,
  selectHealthChecks,
} from '../base/health.rows.ts';
import { seal, unseal } from '../base/sealed.ts';
import { checkKeys } from '../base/signing.ts';

/**
 * How often the checks that cost something are made, in all isolates together: a call of Polar, a write to KV, a
 * message.
 */
const ROUND_EVERY_MS = 60_000;
/** Cron runs every minute and a message takes seconds, so one that is later than this counts as lost. */
export const LATE_AFTER_MS = 5 * 60_000;
/** How long a failure to send mail is shown. */
const FAILURE_SHOWN_MS = 15 * 60_000;
const KV_KEY = 'health';

type Found = string | null;

/**
 * Checks the parts that the gateway depends on, and says of each that does not work why. D1 with its migrations and the
 * keys are checked each time; KV, Polar and the queue once a minute, by the first who asks. Never throws, and never
 * shows the value of a setting.
 */
export async function checkHealth(services: Services): Promise<HealthView> {
  const [d1, keys] = await Promise.all([checkDatabase(services), checkAllKeys(services)]);
  const seen = d1 === null ? await seeOthers(services) : await look(services);
  const lacking = d1 === null ? await findLacking(services) : NOTHING_LACKING;
  const organizations = d1 === null ? await findOrganizations(services) : {};
  const warnings = [...warnOfScopes(lacking), ...warnOfOrganizations(organizations)];
  const { config, env, mailer } = services;
  const late = (check: HealthCheck | undefined) =>
    check !== undefined && services.now() - check.checkedAt > LATE_AFTER_MS;
  const isRecent = (check: HealthCheck | undefined) =>
    check !== undefined && services.now() - check.checkedAt <= FAILURE_SHOWN_MS;
  const ping = seen.get('ping');
  const isUnheard = ping !== undefined && (seen.get('queue')?.checkedAt ?? 0) < ping.checkedAt;

  const found: Record<string, Found> = {
    d1,
    keys,
    kv: seen.get('kv')?.error ?? null,
    queue:
      ping?.error ?? (isUnheard && late(ping) ? `Messages since ${time(ping)} were not consumed.` : null),
    schedule: late(seen.get('schedule'))
      ? `The cron trigger has not run since ${time(seen.get('schedule'))}.`
      : null,
    // Only failures are stored: if successes were, a known address would cause one more write than an unknown one
    // (trust rule 10).
    mail: isRecent(seen.get('mail')) ? (seen.get('mail')?.error ?? null) : null,
  };
  for (const mode of MODES) found[`polar.${mode}`] = seen.get(`polar.${mode}`)?.error ?? null;
  const problems = Object.entries(found).flatMap(([part, why]) => (why === null ? [] : [{ part, why }]));
  const state = (part: string, isConfigured = true): PartState => {
    if (!isConfigured) return 'not_configured';
    return found[part] === null ? 'ready' : 'unavailable';
  };
  return {
    status: problems.length === 0 ? 'ready' : 'degraded',
    parts: {
      d1: state('d1'),
      kv: state('kv'),
      queue: state('queue', Boolean(env.WORK)),
      schedule: state('schedule'),
      mail: state('mail', mailer !== undefined),
      keys: state('keys'),
      polar: {
        live: state('polar.live', config.modes.live !== undefined),
        sandbox: state('polar.sandbox', config.modes.sandbox !== undefined),
      },
    },
    capabilities: presentCapabilities(lacking),
    organizations: presentOrganizations(organizations),
    ...(problems.length === 0 ? {} : { problems }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

async function findOrganizations(services: Services): Promise<KnownOrganizations> {
  return selectOrganizations(services).catch((error: unknown) => {
    log('error', 'D1 does not answer', { error });
    return {};
  });
}

async function findLacking(services: Services): Promise<Lacking> {
  return selectLackingScopes(services.database, services.now()).catch((error: unknown) => {
    log('error', 'D1 does not answer', { error });
    return NOTHING_LACKING;
  });
}

async function checkDatabase({ database }: Services): Promise<Found> {
  try {
    const missing = await findMissingMigrations(database);
    if (missing.length === 0) return null;
    return `Migrations are missing: ${missing.join(', ')}. Run: npx wrangler d1 migrations apply floe --remote`;
  } catch (error) {
    log('error', 'D1 does not answer', { error });
    return 'D1 does not answer.';
  }
}

/**
 * Signs and verifies with each mode's keys, encrypts and decrypts. This finds a private key that does not fit its
 * public key.
 */
async function checkAllKeys(services: Services): Promise<Found> {
  const { config } = services;
  const wrong: string[] = [];
  for (const mode of MODES) {
    const settings: ModeConfig | undefined = config.modes[mode];
    if (settings && !(await checkKeys(settings, services.now())))
      wrong.push(`FLOE_${mode === 'live' ? 'LIVE' : 'SANDBOX'}_SIGNING_KEYS`);
  }
  try {
    if ((await unseal(config, KV_KEY, await seal(config, KV_KEY, 'ok'))) !== 'ok')
      wrong.push('FLOE_ENCRYPTION_KEYS');
  } catch {
    wrong.push('FLOE_ENCRYPTION_KEYS');
  }
  return wrong.length === 0 ? null : `What these keys make cannot be read again: ${wrong.join(', ')}.`;
}

/** The checks of this minute, made here if no other invocation has made them. */
async function seeOthers(services: Services): Promise<Map<HealthPart, HealthCheck>> {
  const { database } = services;
  try {
    const now = services.now();
    if (await claimHealthRound(database, { now, everyMs: ROUND_EVERY_MS })) {
      const looked = await look(services);
      const ping = looked.get('ping');
      looked.delete('ping');
      await runBatch(database, [
        ...[...looked].map(([part, check]) => noteHealth(database, part, check)),
        ...(ping === undefined
          ? []
          : [ping.error === null ? notePing(database, now) : noteHealth(database, 'ping', ping)]),
      ]);
    }
    return await selectHealthChecks(database);
  } catch (error) {
    log('error', 'D1 does not answer', { error });
    return new Map([['kv', { checkedAt: 0, error: 'D1 stopped answering while the parts were looked at.' }]]);
  }
}

let lookedAt = 0;
let lastSeen = new Map<HealthPart, HealthCheck>();

/** Checks KV, Polar and the queue, at most once a minute in an isolate. While D1 is away there is no other limit. */
async function look(services: Services): Promise<Map<HealthPart, HealthCheck>> {
  const now = services.now();
  if (now - lookedAt < ROUND_EVERY_MS && lastSeen.size > 0) return new Map(lastSeen);
  lookedAt = now;
  const note = async (part: HealthPart, check: () => Promise<Found>) => {
    const error = await check().catch((cause: unknown) => explain(part, cause));
    return [part, { checkedAt: now, error }] as const;
  };
  const modes = MODES.filter((mode) => services.config.modes[mode]);
  const seen = await Promise.all([
    note('kv', () => checkKv(services, now)),
    note('ping', async () => {
      await services.env.WORK.sendBatch([{ body: { type: 'ping' } }]);
      return null;
    }),
    ...modes.map((mode) => note(`polar.${mode}`, () => checkPolar(services, mode))),
  ]);
  lastSeen = new Map(seen);
  return new Map(lastSeen);
}

async function checkKv({ entitlements }: Services, now: number): Promise<Found> {
  await entitlements.put(KV_KEY, String(now));
  await entitlements.get(KV_KEY);
  return null;
}

/** Whether Polar accepts the token, and the token belongs to the configured organization. */
async function checkPolar(services: Services, mode: Mode): Promise<Found> {
  const upper = mode === 'live' ? 'LIVE' : 'SANDBOX';
  const polar = services.polar(mode);
  const answer = await polar.probe();
  switch (answer.kind) {
    case 'unauthorized':
      return `Polar refuses POLAR_${upper}_ACCESS_TOKEN: it is unknown, has expired, or is of the other environment.`;
    case 'ready': {
      const { organizationId } = answer;
      const expected = services.config.modes[mode]?.organizationId;
      if (organizationId !== undefined && organizationId !== expected)
        return `POLAR_${upper}_ACCESS_TOKEN is of another organization than POLAR_${upper}_ORGANIZATION_ID.`;
      await keepOrganizationKnown(services, mode);
      return null;
    }
  }
}

function explain(part: HealthPart, cause: unknown): string {
  log('error', 'a part of the gateway does not work', { part, error: cause });
  if (part === 'kv') return 'KV does not answer.';
  if (part === 'ping') return 'The queue takes no messages.';
  return cause instanceof Problem ? cause.message : 'Polar’s answer was not understood.';
}

function time(check: HealthCheck | undefined): string {
  return check === undefined ? 'ever' : new Date(check.checkedAt).toISOString();
}
