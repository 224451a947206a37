import * as z from 'zod/mini';
import { MODES, type Mode } from './domain/mode.ts';

/** Secrets set with `wrangler secret put`; bindings and plain vars are in the generated `Env`. */
export interface Secrets {
  FLOE_ADMIN_TOKEN?: string;
  FLOE_ENCRYPTION_KEYS?: string;
  FLOE_DEVELOPMENT?: string;
  FLOE_RECONCILE_REQUESTS_PER_MINUTE?: string;
  FLOE_REPAIR_POLAR_WEBHOOK?: string;
  FLOE_MAIL_FROM?: string;
  POLAR_LIVE_ACCESS_TOKEN?: string;
  POLAR_LIVE_WEBHOOK_SECRETS?: string;
  POLAR_LIVE_ORGANIZATION_ID?: string;
  POLAR_LIVE_API_URL?: string;
  FLOE_LIVE_SIGNING_KEYS?: string;
  POLAR_SANDBOX_ACCESS_TOKEN?: string;
  POLAR_SANDBOX_WEBHOOK_SECRETS?: string;
  POLAR_SANDBOX_ORGANIZATION_ID?: string;
  POLAR_SANDBOX_API_URL?: string;
  FLOE_SANDBOX_SIGNING_KEYS?: string;
}

export type Bindings = Omit<Env, 'FLOE_URL' | 'MAIL'> & { FLOE_URL: string; MAIL?: SendEmail } & Secrets;

/** An Ed25519 private JWK. `sign_from` (unix seconds): published before, used for signing only from then on. */
export interface SigningKey {
  kty: 'OKP';
  crv: 'Ed25519';
  kid: string;
  x: string;
  d: string;
  sign_from: number;
}

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
  adminToken: string;
  /** AES-256 keys for data at rest by id; the first encrypts, all decrypt. */
  encryptionKeys: readonly { id: string; key: Uint8Array<ArrayBuffer> }[];
  modes: Partial<Record<Mode, ModeConfig>>;
  /** Requests a minute that comparing a mode with Polar may make; undefined: the default of the mode. */
  reconcileRequestsPerMinute: number | undefined;
  /** Scheduled runs may register, enable and complete the webhook endpoint at Polar. */
  repairPolarWebhook: boolean;
  /** The address that mail comes from; undefined: none is sent, and nobody signs in by mail. */
  mailFrom: string | undefined;
}

/** A setting that is missing, short or malformed. The message names it and says what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const MIN_SECRET_BYTES = 24;
const DEFAULT_API_URL: Record<Mode, string> = {
  live: 'https://api.polar.sh',
  sandbox: 'https://sandbox-api.polar.sh',
};
/** What `npm start` prefixes its generated secrets with, so that they can never be used for real money. */
export const DEVELOPMENT_PREFIX = 'dev_';

const signingKeys = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        kid: z.string().check(z.minLength(1)),
        x: z.string().check(z.minLength(43)),
        d: z.string().check(z.minLength(43)),
        sign_from: z._default(z.int(), 0),
      }),
    )
    .check(z.minLength(1)),
});

/**
 * Reads vars and secrets once, into the shape the rest of the Worker uses.
 * @throws {ConfigError} naming the one setting that is wrong.
 */
export function parseConfig(env: Bindings): Config {
  const development = env.FLOE_DEVELOPMENT === '1';
  const url = parseOrigin('FLOE_URL', env.FLOE_URL, development);
  const adminToken = secret('FLOE_ADMIN_TOKEN', env.FLOE_ADMIN_TOKEN);
  const encryptionKeys = parseEncryptionKeys(env.FLOE_ENCRYPTION_KEYS);
  const modes: Config['modes'] = {};
  for (const mode of MODES) {
    const parsed = parseMode(env, mode, development);
    if (parsed) modes[mode] = parsed;
  }
  if (!modes.live && !modes.sandbox) {
    throw new ConfigError(
      'No mode is configured: set POLAR_SANDBOX_ACCESS_TOKEN or POLAR_LIVE_ACCESS_TOKEN (and the secrets beside it).',
    );
  }
  if (modes.live) refuseDevelopmentInLive(env, development, modes.live);
  refuseSharedSecrets(modes);
  return {
    url,
    development,
    adminToken,
    encryptionKeys,
    modes,
    reconcileRequestsPerMinute: parseRate(
      'FLOE_RECONCILE_REQUESTS_PER_MINUTE',
      env.FLOE_RECONCILE_REQUESTS_PER_MINUTE,
    ),
    repairPolarWebhook: parseFlag('FLOE_REPAIR_POLAR_WEBHOOK', env.FLOE_REPAIR_POLAR_WEBHOOK),
    mailFrom: parseAddress('FLOE_MAIL_FROM', env.FLOE_MAIL_FROM),
  };
}

/** Above any limit of Polar's: a simulated one has none. */
const MAX_RATE = 60_000;

function parseRate(name: string, value: string | undefined): number | undefined {
  if (!value) return undefined;
  const rate = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (rate < 1 || rate > MAX_RATE)
    throw new ConfigError(`${name} must be a whole number from 1 to ${MAX_RATE}, or unset.`);
  return rate;
}

function parseAddress(name: string, value: string | undefined): string | undefined {
  if (!value) return undefined;
  if (!/^[^\s@<>",;]+@[^\s@<>",;]+$/.test(value))
    throw new ConfigError(`${name} must be an e-mail address such as sign-in@example.com, with no name.`);
  return value;
}

/** Exact, for a switch that was meant to be on must not silently be off. */
function parseFlag(name: string, value: string | undefined): boolean {
  if (value !== undefined && value !== '' && value !== '0' && value !== '1')
    throw new ConfigError(`${name} must be 1 (on), or 0 or unset (off).`);
  return value === '1';
}

function parseMode(env: Bindings, mode: Mode, development: boolean): ModeConfig | undefined {
  const upper = mode === 'live' ? 'LIVE' : 'SANDBOX';
  const token = env[`POLAR_${upper}_ACCESS_TOKEN`];
  if (!token) return undefined;
  const organizationId = env[`POLAR_${upper}_ORGANIZATION_ID`] ?? '';
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(organizationId)) {
    throw new ConfigError(
      `POLAR_${upper}_ORGANIZATION_ID must be your Polar organization's id, a lowercase UUID.`,
    );
  }
  return {
    accessToken: secret(`POLAR_${upper}_ACCESS_TOKEN`, token),
    apiUrl: parseOrigin(
      `POLAR_${upper}_API_URL`,
      env[`POLAR_${upper}_API_URL`] ?? DEFAULT_API_URL[mode],
      development,
    ),
    organizationId,
    webhookSecrets: list(`POLAR_${upper}_WEBHOOK_SECRETS`, env[`POLAR_${upper}_WEBHOOK_SECRETS`]),
    signingKeys: parseSigningKeys(`FLOE_${upper}_SIGNING_KEYS`, env[`FLOE_${upper}_SIGNING_KEYS`]),
  };
}

function secret(name: string, value: string | undefined): string {
  if (!value) throw new ConfigError(`${name} is not set. Set it with: wrangler secret put ${name}`);
  const bytes = new TextEncoder().encode(value).byteLength;
  if (bytes < MIN_SECRET_BYTES) {
    throw new ConfigError(
      `${name} has ${bytes} bytes; it needs at least ${MIN_SECRET_BYTES}. Try: openssl rand -base64 32`,
    );
  }
  return value;
}

function list(name: string, value: string | undefined): string[] {
  const values = (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (values.length === 0)
    throw new ConfigError(`${name} is not set. Give one secret, or several with commas while rotating.`);
  for (const part of values) secret(name, part);
  return values;
}

function parseOrigin(name: string, value: string | undefined, development: boolean): string {
  const url = value ? URL.parse(value) : null;
  const trimmed = value?.replace(/\/$/, '');
  if (!url || url.origin !== trimmed || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new ConfigError(`${name} must be an origin such as https://pay.example.com, with no path.`);
  }
  if (url.protocol === 'http:' && !development) throw new ConfigError(`${name} must use https.`);
  return url.origin;
}

function parseEncryptionKeys(value: string | undefined): Config['encryptionKeys'] {
  const shape =
    'FLOE_ENCRYPTION_KEYS must be `id:base64` with 32 bytes, several with commas, newest first. Try: echo "k1:$(openssl rand -base64 32)"';
  if (!value) throw new ConfigError(shape);
  return value.split(',').map((part) => {
    const [id, encoded] = part.trim().split(':', 2);
    if (!id || !encoded) throw new ConfigError(shape);
    let key: Uint8Array<ArrayBuffer>;
    try {
      key = Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0));
    } catch {
      throw new ConfigError(shape);
    }
    if (key.byteLength !== 32) throw new ConfigError(shape);
    return { id, key };
  });
}

function parseSigningKeys(name: string, value: string | undefined): SigningKey[] {
  const how = `${name} must be a JSON object {"keys":[…]} of Ed25519 private JWKs with a kid. The README has the command that makes one.`;
  let json: unknown;
  try {
    json = JSON.parse(value ?? '');
  } catch {
    throw new ConfigError(how);
  }
  const parsed = signingKeys.safeParse(json);
  if (!parsed.success) throw new ConfigError(how);
  const kids = parsed.data.keys.map((key) => key.kid);
  if (new Set(kids).size < kids.length)
    throw new ConfigError(`${name} has two keys with one kid. Each key needs its own.`);
  return parsed.data.keys;
}

function refuseDevelopmentInLive(env: Bindings, development: boolean, live: ModeConfig): void {
  if (development)
    throw new ConfigError('FLOE_DEVELOPMENT is set, and live mode is configured. Unset one of them.');
  const secrets = [env.FLOE_ADMIN_TOKEN, live.accessToken, ...live.webhookSecrets];
  if (secrets.some((value) => value?.startsWith(DEVELOPMENT_PREFIX))) {
    throw new ConfigError(
      'A development secret (dev_…) is set, and live mode is configured. Make new secrets for live.',
    );
  }
  if (live.apiUrl !== DEFAULT_API_URL.live) {
    throw new ConfigError(
      `POLAR_LIVE_API_URL must be ${DEFAULT_API_URL.live}: live mode speaks to Polar only.`,
    );
  }
}

function refuseSharedSecrets({ live, sandbox }: Config['modes']): void {
  if (!live || !sandbox) return;
  if (live.accessToken === sandbox.accessToken) {
    throw new ConfigError(
      'POLAR_LIVE_ACCESS_TOKEN equals POLAR_SANDBOX_ACCESS_TOKEN. Each mode needs its own.',
    );
  }
  if (live.webhookSecrets.some((value) => sandbox.webhookSecrets.includes(value))) {
    throw new ConfigError(
      'POLAR_LIVE_WEBHOOK_SECRETS and POLAR_SANDBOX_WEBHOOK_SECRETS share a secret. Each mode needs its own.',
    );
  }
  for (const part of ['x', 'kid'] as const) {
    const taken = new Set(live.signingKeys.map((key) => key[part]));
    if (sandbox.signingKeys.some((key) => taken.has(key[part]))) {
      throw new ConfigError(
        `FLOE_LIVE_SIGNING_KEYS and FLOE_SANDBOX_SIGNING_KEYS share a ${part === 'x' ? 'key' : 'kid'}. Each mode needs its own.`,
      );
    }
  }
}
