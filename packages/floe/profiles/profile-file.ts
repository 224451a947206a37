import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/** A gateway, and what its caller proves to be. */
export interface Profile {
  gateway: string;
  /** The operator's. */
  adminToken?: string;
  /** Secret keys by app, `quay-live`. */
  secretKeys: Record<string, string>;
}

export interface Profiles {
  /** The one that is used where none is named. */
  inUse?: string;
  profiles: Record<string, Profile>;
}

const OTHERS = 0o077;
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

type Place = Pick<Context, 'configDir' | 'platform'>;

/** Where profiles are kept, readable by this user alone. */
export const profilesFile = ({ configDir }: Place): string => path.join(configDir, 'profiles.json');

/** The kept profiles; none before the first. @throws {CliError} when others can read the file, or nobody can understand it */
export async function readProfiles(place: Place): Promise<Profiles> {
  const file = profilesFile(place);
  const [text, mode] = await Promise.all([
    readFile(file, 'utf8'),
    stat(file).then((found) => found.mode),
  ]).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [undefined, 0] as const;
    throw error;
  });
  if (text === undefined) return { profiles: {} };
  // Windows keeps who may read a file elsewhere.
  if (place.platform !== 'win32' && (mode & OTHERS) !== 0)
    throw new CliError(EXIT.failed, `Others on this machine can read ${file}, which has tokens.`, {
      hint: `chmod 600 ${quote(file)}`,
    });
  const profiles = parseProfiles(text);
  if (!profiles)
    throw new CliError(EXIT.failed, `${file} is no list of profiles.`, {
      hint: 'Move it away, and add the profiles again: floe profiles add.',
    });
  return profiles;
}

/** Keeps profiles. Written beside the file and then over it, so that whatever ends it leaves the old or the new ones. */
export async function saveProfiles(place: Place, profiles: Profiles): Promise<void> {
  const file = profilesFile(place);
  await mkdir(path.dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  const draft = `${file}.${crypto.randomUUID()}.new`;
  await writeFile(draft, `${JSON.stringify(profiles, null, 2)}\n`, { mode: PRIVATE_FILE });
  await chmod(draft, PRIVATE_FILE);
  await rename(draft, file);
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
  const { gateway, adminToken, secretKeys } = value;
  if (typeof gateway !== 'string' || !isRecord(secretKeys)) return undefined;
  if (adminToken !== undefined && typeof adminToken !== 'string') return undefined;
  const keys = Object.entries(secretKeys).filter(
    (each): each is [string, string] => typeof each[1] === 'string',
  );
  return {
    gateway,
    ...(adminToken === undefined ? {} : { adminToken }),
    secretKeys: Object.fromEntries(keys),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const quote = (file: string) =>
  /^[\w./~+-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`;
