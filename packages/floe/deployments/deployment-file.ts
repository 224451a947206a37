import path from 'node:path';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { readPrivateFile, writePrivateFile } from '../private-file.ts';

/*
 * What this machine knows of a deployment, in a folder of its own under the user's configuration: `deployment.json`, and `secrets.json` with the
 * secrets that were made here. The second is the only copy of them that can be read: Cloudflare shows no secret again.
 */

export type Mode = 'sandbox' | 'live';

/** What is known of one mode. No secret is among it. */
interface ModeState {
  organizationId?: string;
  /** SHA-256 of the access token that the gateway was given, to notice another one. */
  tokenHash?: string;
  /** What the event that was sent through last had been sent for; the same again need not be. */
  verifiedFor?: string;
  /** The `webhook-id` of the event that is on its way. Sent again it counts once. */
  eventId?: string;
}

export interface Deployment {
  accountId?: string;
  /** The gateway's origin. */
  url?: string;
  modes: Mode[];
  mode: Partial<Record<Mode, ModeState>>;
  /** Names of settings that are on their way to the gateway. Whether they arrived is not known, so they are given again. */
  pending?: string[];
  /** The product of the first app, `quay`. */
  product?: string;
  /**
   * Apps that are being made, each with the `Idempotency-Key`s of new keys: if the app is there already, its first keys were lost on the way.
   */
  making?: Record<string, { secret: string; publishable: string }>;
}

/** The secrets that were made here, by the names of the gateway's settings. */
export type Secrets = Record<string, string>;

/** What a deployment is called where no profile is named. */
const DEFAULT_NAME = 'main';

export interface DeploymentPlace {
  name: string;
  folder: string;
  /** Where the secrets are. */
  secretsFile: string;
}

/** The deployment of the profile that is named, or of the only one. */
export function placeOf({ configDir, options, env }: Context): DeploymentPlace {
  const name = options.profile ?? (env['FLOE_PROFILE'] || DEFAULT_NAME);
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/i.test(name))
    throw new CliError(EXIT.usage, 'A profile’s name has letters, digits, dots, hyphens and underscores.');
  const folder = path.join(configDir, 'deployments', name);
  return { name, folder, secretsFile: path.join(folder, 'secrets.json') };
}

/** @throws {CliError} when it cannot be understood */
export async function readDeployment(context: Context, place: DeploymentPlace): Promise<Deployment> {
  const known = await readJson<Deployment>(context, path.join(place.folder, 'deployment.json'));
  return known ?? { modes: [], mode: {} };
}

export async function saveDeployment(place: DeploymentPlace, deployment: Deployment): Promise<void> {
  await writePrivateFile(
    path.join(place.folder, 'deployment.json'),
    `${JSON.stringify(deployment, null, 2)}\n`,
  );
}

/** @throws {CliError} when others can read it, or it cannot be understood */
export async function readSecrets(context: Context, place: DeploymentPlace): Promise<Secrets> {
  return (await readJson<Secrets>(context, place.secretsFile)) ?? {};
}

export async function saveSecrets(place: DeploymentPlace, secrets: Secrets): Promise<void> {
  await writePrivateFile(place.secretsFile, `${JSON.stringify(secrets, null, 2)}\n`);
}

async function readJson<T>(context: Context, file: string): Promise<T | undefined> {
  const text = await readPrivateFile(context, file, 'secrets');
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new CliError(EXIT.failed, `${file} cannot be understood.`, {
      hint: 'Put a copy of it back. Do not delete it: what is stored cannot be read without these secrets.',
      cause,
    });
  }
}
