import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { type Profile, readProfiles } from './profile-file.ts';

/** What `npm start` writes. */
const DEV_FILE = path.join('.floe', 'dev.json');

export interface ChosenProfile extends Profile {
  /** The profile's name; undefined when it comes from the environment or from `npm start`. */
  name?: string;
  /** For messages: `profile live`. */
  from: string;
}

/**
 * Which gateway a command speaks to: `--profile`, `FLOE_PROFILE`, `FLOE_GATEWAY` with its tokens, the profile in use, or the gateway of
 * `npm start` in this folder, which is said.
 * @throws {CliError} when there is none
 */
export async function chooseProfile(context: Context): Promise<ChosenProfile> {
  const { env, options, out } = context;
  const named = options.profile ?? (env['FLOE_PROFILE'] || undefined);
  if (named === undefined && env['FLOE_GATEWAY']) return fromEnvironment(env);
  const { inUse, profiles } = await readProfiles(context);
  const name = named ?? inUse;
  const profile = name !== undefined && Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (name !== undefined && profile) return { ...profile, name, from: `profile ${name}` };
  if (named !== undefined)
    throw new CliError(EXIT.usage, `There is no profile ${named}.`, { hint: 'floe profiles list' });
  const local = await readDevFile(path.join(context.cwd, DEV_FILE));
  if (!local)
    throw new CliError(EXIT.usage, 'No gateway is named.', {
      hint: 'Add one: floe profiles add live --gateway https://pay.example.com. Beside npm start, run floe in its folder.',
    });
  out.note(`Using the gateway of npm start, ${local.gateway} (${DEV_FILE}).`);
  return local;
}

function fromEnvironment(env: Context['env']): ChosenProfile {
  const { FLOE_GATEWAY: gateway = '', FLOE_ADMIN_TOKEN, FLOE_SECRET_KEY, FLOE_APP } = env;
  return {
    gateway: parseGateway(gateway),
    ...(FLOE_ADMIN_TOKEN ? { adminToken: FLOE_ADMIN_TOKEN } : {}),
    secretKeys: FLOE_SECRET_KEY ? { [FLOE_APP || 'FLOE_SECRET_KEY']: FLOE_SECRET_KEY } : {},
    from: 'environment',
  };
}

interface DevFile {
  gateway_url: string;
  admin_token: string;
  apps: { slug: string; secret_key: string }[];
}

async function readDevFile(file: string): Promise<ChosenProfile | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { gateway_url, admin_token, apps } = JSON.parse(text) as DevFile;
    return {
      gateway: parseGateway(gateway_url),
      adminToken: admin_token,
      secretKeys: Object.fromEntries(apps.map(({ slug, secret_key }) => [slug, secret_key])),
      from: 'npm start',
    };
  } catch (cause) {
    throw new CliError(EXIT.failed, `${file} cannot be read.`, { hint: 'Run npm start again.', cause });
  }
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** A gateway's origin as it is typed. Tokens are sent over https, or to this machine. @throws {CliError} */
export function parseGateway(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.username !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new CliError(EXIT.usage, `${text} is no address of a gateway: https://pay.example.com`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname)))
    throw new CliError(EXIT.usage, `${text} would be sent tokens that others can read: it needs https.`);
  return url.origin;
}
