import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { claim, ClaimedError } from '../../polar-simulator/claim.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { makePrivateFolder, readPrivateFile, writePrivateFile } from '../private-file.ts';
import { EXIT } from '../exit-codes.ts';

/** A gateway, and what its caller proves to be. */
export interface Profile {
  gateway: string;
  /** The operator's. */
  adminToken?: string;
  /** The one that takes its place, while it is rotated: it may not work yet. */
  nextAdminToken?: string;
  /** Secret keys by app, `quay-live`. */
  secretKeys: Record<string, string>;
}

export interface Profiles {
  /** The one that is used where none is named. */
  inUse?: string;
  profiles: Record<string, Profile>;
}

type Place = Pick<Context, 'configDir' | 'platform'>;

/** Where profiles are kept, readable by this user alone. */
export const profilesFile = ({ configDir }: Place): string => path.join(configDir, 'profiles.json');

/** The kept profiles; none before the first. @throws {CliError} when others can read the file, or nobody can understand it */
export async function readProfiles(place: Place): Promise<Profiles> {
  const file = profilesFile(place);
  const text = await readPrivateFile(place, file, 'tokens');
  if (text === undefined) return { profiles: {} };
  const profiles = parseProfiles(text);
  if (!profiles)
    throw new CliError(EXIT.failed, `${file} is no list of profiles.`, {
      hint: 'Move it away, and add the profiles again: floe profiles add.',
    });
  return profiles;
}

/** Keeps profiles. Written beside the file and then over it, so that whatever ends it leaves the old or the new ones. */
export async function saveProfiles(place: Place, profiles: Profiles): Promise<void> {
  await writePrivateFile(profilesFile(place), `${JSON.stringify(profiles, null, 2)}\n`);
}

const BETWEEN_MS = 20;
const LONGEST_WAIT_MS = 5_000;

/**
 * Changes the profiles as they are now, one process after the other: what was read before a question, or while another process writes, may lack a
 * token that nobody can get again. @throws {CliError} what `change` throws, too
 */
export async function changeProfiles(place: Place, change: (kept: Profiles) => Profiles): Promise<void> {
  const release = await takeTurn(place);
  try {
    await saveProfiles(place, change(await readProfiles(place)));
  } finally {
    await release();
  }
}

async function takeTurn({ configDir }: Place): Promise<() => Promise<void>> {
  await makePrivateFolder(configDir);
  for (let waited = 0; ; waited += BETWEEN_MS)
    try {
      return await claim(path.join(configDir, 'profiles.owner'), []);
    } catch (cause) {
      if (!(cause instanceof ClaimedError) || waited >= LONGEST_WAIT_MS) throw cause;
      await wait(BETWEEN_MS);
    }
}

function parseProfiles(text: string): Profiles | undefined {
  try {
    const { inUse, profiles } = JSON.parse(text) as { inUse?: unknown; profiles?: unknown };
    if (!isRecord(profiles) || (inUse !== undefined && typeof inUse !== 'string')) return undefined;
    const read = Object.entries(profiles).map(([name, value]) => [name, parseProfile(value)] as const);
    if (!read.every((each): each is [string, Profile] => each[1] !== undefined)) return undefined;
    return { ...(inUse === undefined ? {} : { inUse }), profiles: Object.fromEntries(read) };
  } catch {
    return undefined;
  }
}

function parseProfile(value: unknown): Profile | undefined {
  if (!isRecord(value)) return undefined;
  const { gateway, adminToken, nextAdminToken, secretKeys } = value;
  if (typeof gateway !== 'string' || !isRecord(secretKeys)) return undefined;
  if (adminToken !== undefined && typeof adminToken !== 'string') return undefined;
  if (nextAdminToken !== undefined && typeof nextAdminToken !== 'string') return undefined;
  const keys = Object.entries(secretKeys).filter(
    (each): each is [string, string] => typeof each[1] === 'string',
  );
  return {
    gateway,
    ...(adminToken === undefined ? {} : { adminToken }),
    ...(nextAdminToken === undefined ? {} : { nextAdminToken }),
    secretKeys: Object.fromEntries(keys),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
