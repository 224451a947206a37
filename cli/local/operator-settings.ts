import { AGES, type AgeName, settingOfAge } from '../../src/base/ages.rules.ts';
import type { Secrets, Settings } from '../../src/base/config.ts';

/** Where `npm start` takes a setting of the gateway from. */
type From =
  /** The environment, as an operator sets it at Cloudflare. */
  | 'environment'
  /** This folder's state, or what runs beside the gateway. */
  | 'here'
  /** Nowhere: there is no live mode on a developer's machine, and nothing is rotated. */
  | 'nowhere';

/** A new setting asks for its row. Ages are not among them: each of them comes from the environment. */
const SOURCES: Readonly<Record<keyof Secrets, From>> = {
  FLOE_ADMIN_TOKEN: 'here',
  FLOE_ADMIN_TOKEN_2: 'nowhere',
  FLOE_ENCRYPTION_KEYS: 'here',
  FLOE_ENCRYPTION_KEYS_2: 'nowhere',
  FLOE_DEVELOPMENT: 'here',
  FLOE_RECONCILE_REQUESTS_PER_MINUTE: 'environment',
  FLOE_REPAIR_POLAR_WEBHOOK: 'environment',
  FLOE_MAIL_FROM: 'environment',
  FLOE_MAX_LICENSE_DAYS: 'environment',
  FLOE_OTHER_METHODS: 'environment',
  FLOE_OWNER_KEYS: 'environment',
  POLAR_LIVE_ACCESS_TOKEN: 'nowhere',
  POLAR_LIVE_WEBHOOK_SECRETS: 'nowhere',
  POLAR_LIVE_WEBHOOK_SECRETS_2: 'nowhere',
  POLAR_LIVE_ORGANIZATION_ID: 'nowhere',
  POLAR_LIVE_API_URL: 'nowhere',
  FLOE_LIVE_SIGNING_KEYS: 'nowhere',
  FLOE_LIVE_SIGNING_KEYS_2: 'nowhere',
  POLAR_SANDBOX_ACCESS_TOKEN: 'here',
  POLAR_SANDBOX_WEBHOOK_SECRETS: 'here',
  POLAR_SANDBOX_WEBHOOK_SECRETS_2: 'nowhere',
  POLAR_SANDBOX_ORGANIZATION_ID: 'here',
  POLAR_SANDBOX_API_URL: 'here',
  FLOE_SANDBOX_SIGNING_KEYS: 'here',
  FLOE_SANDBOX_SIGNING_KEYS_2: 'nowhere',
};

/** The settings that `npm start` passes on to the gateway. */
export const PASSED_ON: readonly (keyof Settings)[] = [
  ...(Object.keys(SOURCES) as (keyof Secrets)[]).filter((name) => SOURCES[name] === 'environment'),
  ...(Object.keys(AGES) as AgeName[]).map(settingOfAge),
];

/** What the environment says of them. The gateway's own check refuses what is wrong. */
export function readOperatorSettings(env: Readonly<Record<string, string | undefined>>): Partial<Settings> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
