import {
  AGES,
  type AgeName,
  type Ages,
  type AgeSetting,
  MOST_DAYS_KEPT,
  settingOfAge,
} from './ages.rules.ts';
import { OWNER_PRESETS, type OwnerKeys } from '../../packages/kit/product-owners.ts';
import { MODES, type Mode } from './mode.rules.ts';
import { readOwnerKeys } from './owner-keys.ts';
import { readKeyPair, readPair } from './setting-pairs.ts';
import { withoutEnd } from './without-end.rules.ts';
import {
  ConfigError,
  type EncryptionKey,
  type MethodWords,
  readAddress,
  readEncryptionKeys,
  readFlag,
  readMethodWords,
  readNumber,
  readOrganizationId,
  readOrigin,
  readSecret,
  readSetting,
  readSigningKeys,
  readWebhookSecrets,
  type SigningKey,
} from './settings.ts';

/** Secrets set with `wrangler secret put`; bindings and plain vars are in the generated `Env`. */
export interface Secrets {
  FLOE_ADMIN_TOKEN?: string;
  FLOE_ADMIN_TOKEN_2?: string;
  FLOE_ENCRYPTION_KEYS?: string;
  FLOE_ENCRYPTION_KEYS_2?: string;
  FLOE_DEVELOPMENT?: string;
  FLOE_RECONCILE_REQUESTS_PER_MINUTE?: string;
  FLOE_REPAIR_POLAR_WEBHOOK?: string;
  FLOE_MAIL_FROM?: string;
  FLOE_MAX_LICENSE_DAYS?: string;
  FLOE_OTHER_METHODS?: string;
  FLOE_OWNER_KEYS?: string;
  POLAR_LIVE_ACCESS_TOKEN?: string;
  POLAR_LIVE_WEBHOOK_SECRETS?: string;
  POLAR_LIVE_WEBHOOK_SECRETS_2?: string;
  POLAR_LIVE_ORGANIZATION_ID?: string;
  POLAR_LIVE_API_URL?: string;
  FLOE_LIVE_SIGNING_KEYS?: string;
  FLOE_LIVE_SIGNING_KEYS_2?: string;
  POLAR_SANDBOX_ACCESS_TOKEN?: string;
  POLAR_SANDBOX_WEBHOOK_SECRETS?: string;
  POLAR_SANDBOX_WEBHOOK_SECRETS_2?: string;
  POLAR_SANDBOX_ORGANIZATION_ID?: string;
  POLAR_SANDBOX_API_URL?: string;
  FLOE_SANDBOX_SIGNING_KEYS?: string;
  FLOE_SANDBOX_SIGNING_KEYS_2?: string;
}

type AgeSettings = Partial<Record<AgeSetting, string>>;

/** All settings, as the environment has them. */
export type Settings = { FLOE_URL: string } & Secrets & AgeSettings;

export type Bindings = Omit<Env, 'FLOE_URL' | 'MAIL'> & {
  MAIL?: SendEmail;
  /** Bound by `npm start` alone: the keys that samples of `/docs` are filled with on the developer's own machine. */
  LOCAL_KEYS?: Fetcher;
} & Settings;

export interface ModeConfig {
  accessToken: string;
  apiUrl: string;
  organizationId: string;
  webhookSecrets: readonly string[];
  signingKeys: readonly SigningKey[];
}

export interface Config {
  /** The gateway's own origin, no trailing slash. */
  url: string;
  /** Loopback URLs and plain http are allowed. Never in live. */
  development: boolean;
  /** What operators call with; each of them works. */
  adminTokens: readonly string[];
  /** AES-256 keys for data at rest by id; one encrypts (see base/sealed.ts), all decrypt. */
  encryptionKeys: readonly EncryptionKey[];
  modes: Partial<Record<Mode, ModeConfig>>;
  /** Requests a minute that comparing a mode with Polar may make; undefined: the default of the mode. */
  reconcileRequestsPerMinute: number | undefined;
  /** Scheduled runs may register, enable and complete the webhook endpoint at Polar. */
  repairPolarWebhook: boolean;
  /** For how many days what is over is kept. */
  keepDays: Ages;
  /** The longest that an offline licence counts, days. */
  maxLicenseDays: number;
  /** What is said of methods of payment that Floe takes no money with (ADR 110). */
  otherMethods: Readonly<Record<string, MethodWords>>;
  /** By which keys of metadata products and discounts at Polar say whose they are. */
  ownerKeys: OwnerKeys;
  /** The address that mail comes from; undefined: no mail is sent, and nobody can sign in by mail. */
  mailFrom: string | undefined;
}

/** How long an offline licence counts at most, unless set otherwise; and how long it may be set to. */
const LICENSE_DAYS = 30;
export const MOST_LICENSE_DAYS = 400;

const DEFAULT_API_URL: Record<Mode, string> = {
  live: 'https://api.polar.sh',
  sandbox: 'https://sandbox-api.polar.sh',
};
/** What `npm start` prefixes its generated secrets with, so that they can never be used for real money. */
export const DEVELOPMENT_PREFIX = 'dev_';
/** The id of the encryption key that `npm start` made before it used the prefix. */
const EARLIER_DEVELOPMENT_KEY_ID = 'dev1';
/** Higher than any limit of Polar's, for simulated Polars without one. */
const MAX_RECONCILE_RATE = 60_000;

/**
 * Reads vars and secrets once, into the shape the rest of the Worker uses.
 * @throws {ConfigError} naming every setting that is wrong.
 */
export function parseConfig(env: Settings): Config {
  const problems: string[] = [];
  /** Goes on after a wrong setting, so that the operator is told all wrong ones at once. */
  const take = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const development = take(() => readFlag('FLOE_DEVELOPMENT', env.FLOE_DEVELOPMENT)) ?? false;
  const url = take(() => readOrigin('FLOE_URL', env.FLOE_URL, development));
  const adminTokens = take(() =>
    readPair(env, 'FLOE_ADMIN_TOKEN', (name, value) => [readSecret(name, value)]),
  );
  const encryptionKeys = take(() =>
    readKeyPair(env, 'FLOE_ENCRYPTION_KEYS', readEncryptionKeys, ({ id }) => id),
  );
  const modes: Config['modes'] = {};
  let isAnyModeOn = false;
  for (const mode of MODES) {
    const names = settingsOf(mode);
    const token = take(() => readSetting(names.accessToken, env[names.accessToken]));
    if (env[names.accessToken]?.trim()) isAnyModeOn = true;
    if (token === undefined) continue;
    const parsed = parseMode(env, mode, { development, take });
    if (parsed) modes[mode] = parsed;
  }
  if (!isAnyModeOn) {
    problems.push(
      'No mode is configured: set POLAR_SANDBOX_ACCESS_TOKEN or POLAR_LIVE_ACCESS_TOKEN (and the secrets beside it).',
    );
  }
  const reconcileRequestsPerMinute = take(() =>
    readNumber(
      'FLOE_RECONCILE_REQUESTS_PER_MINUTE',
      env.FLOE_RECONCILE_REQUESTS_PER_MINUTE,
      MAX_RECONCILE_RATE,
    ),
  );
  const repairPolarWebhook = take(() => readFlag('FLOE_REPAIR_POLAR_WEBHOOK', env.FLOE_REPAIR_POLAR_WEBHOOK));
  const keepDays = Object.fromEntries(
    Object.entries(AGES).map(([name, [days, least]]) => {
      const setting = settingOfAge(name as AgeName);
      return [name, take(() => readNumber(setting, env[setting], MOST_DAYS_KEPT, least)) ?? days];
    }),
  ) as Ages;
  const maxLicenseDays = take(() =>
    readNumber('FLOE_MAX_LICENSE_DAYS', env.FLOE_MAX_LICENSE_DAYS, MOST_LICENSE_DAYS),
  );
  const otherMethods = take(() => readMethodWords('FLOE_OTHER_METHODS', env.FLOE_OTHER_METHODS));
  const ownerKeys = take(() => readOwnerKeys('FLOE_OWNER_KEYS', env.FLOE_OWNER_KEYS));
  const mailFrom = take(() => readAddress('FLOE_MAIL_FROM', env.FLOE_MAIL_FROM));
  problems.push(...findShared({ adminTokens, encryptionKeys, modes }));
  if (modes.live)
    problems.push(
      ...findDevelopment(modes.live, {
        development,
        adminTokens: adminTokens ?? [],
        encryptionKeys: encryptionKeys ?? [],
      }),
    );
  if (
    problems.length > 0 ||
    url === undefined ||
    adminTokens === undefined ||
    encryptionKeys === undefined ||
    repairPolarWebhook === undefined
  )
    throw new ConfigError(problems);
  return {
    url,
    development,
    adminTokens,
    encryptionKeys,
    modes,
    reconcileRequestsPerMinute,
    repairPolarWebhook,
    keepDays,
    maxLicenseDays: maxLicenseDays ?? LICENSE_DAYS,
    otherMethods: otherMethods ?? {},
    ownerKeys: ownerKeys ?? OWNER_PRESETS.gateway,
    mailFrom,
  };
}

/** The names of a mode's settings. */
export function settingsOf(mode: Mode) {
  const upper = mode === 'live' ? 'LIVE' : 'SANDBOX';
  return {
    accessToken: `POLAR_${upper}_ACCESS_TOKEN`,
    organizationId: `POLAR_${upper}_ORGANIZATION_ID`,
    apiUrl: `POLAR_${upper}_API_URL`,
    webhookSecrets: `POLAR_${upper}_WEBHOOK_SECRETS`,
    signingKeys: `FLOE_${upper}_SIGNING_KEYS`,
  } as const;
}

function parseMode(
  env: Settings,
  mode: Mode,
  { development, take }: { development: boolean; take: <T>(read: () => T) => T | undefined },
): ModeConfig | undefined {
  const names = settingsOf(mode);
  const accessToken = take(() => readSecret(names.accessToken, env[names.accessToken]));
  const organizationId = take(() => readOrganizationId(names.organizationId, env[names.organizationId]));
  const apiUrl = take(() =>
    readOrigin(names.apiUrl, env[names.apiUrl] ?? DEFAULT_API_URL[mode], development),
  );
  const webhookSecrets = take(() => readPair(env, names.webhookSecrets, readWebhookSecrets));
  const signingKeys = take(() => readKeyPair(env, names.signingKeys, readSigningKeys, ({ kid }) => kid));
  if (!accessToken || !organizationId || !apiUrl || !webhookSecrets || !signingKeys) return undefined;
  return { accessToken, apiUrl, organizationId, webhookSecrets, signingKeys };
}

type Parsed = Pick<Config, 'modes'> & {
  adminTokens: readonly string[] | undefined;
  encryptionKeys: readonly EncryptionKey[] | undefined;
};

/** The secret material of a mode's keys, each with the name of its setting. */
function keysOf(mode: Mode, settings: ModeConfig): [name: string, key: string][] {
  const names = settingsOf(mode);
  return [
    [names.accessToken, settings.accessToken],
    ...settings.webhookSecrets.map((secret): [string, string] => [
      names.webhookSecrets,
      secret.replace(/^whsec_/, ''),
    ]),
    ...settings.signingKeys.map(({ d }): [string, string] => [names.signingKeys, d]),
  ];
}

/**
 * Values that two settings share: whoever learns one secret would have the other. Modes must not share anything, not
 * even their organization.
 */
function findShared({ adminTokens, encryptionKeys, modes }: Parsed): string[] {
  const { live, sandbox } = modes;
  const keys: [name: string, key: string][] = [
    ...(adminTokens ?? []).map((token): [string, string] => ['FLOE_ADMIN_TOKEN', token]),
    ...(encryptionKeys ?? []).map(({ key }): [string, string] => ['FLOE_ENCRYPTION_KEYS', toBase64(key)]),
    ...(live ? keysOf('live', live) : []),
    ...(sandbox ? keysOf('sandbox', sandbox) : []),
  ];
  const problems = new Set<string>();
  const owners = new Map<string, string>();
  for (const [name, key] of keys) {
    const plain = withoutEnd(key, '=').replaceAll('-', '+').replaceAll('_', '/');
    const owner = owners.get(plain) ?? name;
    owners.set(plain, owner);
    if (owner !== name) problems.add(`${owner} and ${name} share a value. Each needs its own.`);
  }
  const kids = new Set(live?.signingKeys.map(({ kid }) => kid));
  if (sandbox?.signingKeys.some(({ kid }) => kids.has(kid)))
    problems.add(
      'FLOE_LIVE_SIGNING_KEYS and FLOE_SANDBOX_SIGNING_KEYS share a kid. Each mode needs its own.',
    );
  if (live && live.organizationId === sandbox?.organizationId) {
    problems.add(
      'POLAR_LIVE_ORGANIZATION_ID and POLAR_SANDBOX_ORGANIZATION_ID are one organization. Each mode has its own at Polar.',
    );
  }
  return [...problems];
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Secrets that `npm start` has made; they must never be used for real money. */
function findDevelopment(
  live: ModeConfig,
  {
    development,
    adminTokens,
    encryptionKeys,
  }: { development: boolean; adminTokens: readonly string[]; encryptionKeys: readonly EncryptionKey[] },
): string[] {
  const names = settingsOf('live');
  const isOfDevelopment = (value: string | undefined) => value?.startsWith(DEVELOPMENT_PREFIX) === true;
  const found = [
    adminTokens.some(isOfDevelopment) && 'FLOE_ADMIN_TOKEN',
    encryptionKeys.some(({ id }) => isOfDevelopment(id) || id === EARLIER_DEVELOPMENT_KEY_ID) &&
      'FLOE_ENCRYPTION_KEYS',
    isOfDevelopment(live.accessToken) && names.accessToken,
    live.webhookSecrets.some(isOfDevelopment) && names.webhookSecrets,
    live.signingKeys.some(({ kid }) => isOfDevelopment(kid)) && names.signingKeys,
  ].filter((name) => name !== false);
  return [
    ...found.map(
      (name) =>
        `${name} is a development secret (${DEVELOPMENT_PREFIX}…), and live mode is configured. Make a new one for live.`,
    ),
    ...(development ? ['FLOE_DEVELOPMENT is set, and live mode is configured. Unset one of them.'] : []),
    ...(live.apiUrl === DEFAULT_API_URL.live
      ? []
      : [`POLAR_LIVE_API_URL must be ${DEFAULT_API_URL.live}: live mode speaks to Polar only.`]),
  ];
}
