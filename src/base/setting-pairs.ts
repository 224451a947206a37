import type { Secrets } from './config.ts';
import { ConfigError } from './settings.ts';

/*
 * Secrets that are rotated have two settings each, `X` and `X_2`, which together hold what counts (ADR 92). A rotation
 * puts the new value into the one that is free and deletes the other one later, so nobody has to know the old value,
 * which cannot be read back from Cloudflare.
 */

/** The settings that a rotation changes. */
export type RotatedSetting =
  | 'FLOE_ADMIN_TOKEN'
  | 'FLOE_ENCRYPTION_KEYS'
  | `POLAR_${'LIVE' | 'SANDBOX'}_WEBHOOK_SECRETS`
  | `FLOE_${'LIVE' | 'SANDBOX'}_SIGNING_KEYS`;
/** One of its two. */
export type Slot = RotatedSetting | `${RotatedSetting}_2`;

type Read<T> = (name: string, value: string | undefined) => readonly T[];

/** What both settings hold, each value with the name of its own. One of the two is set. @throws {ConfigError} */
export function readSlots<T>(env: Secrets, name: RotatedSetting, read: Read<T>): { slot: Slot; value: T }[] {
  const given = ([name, `${name}_2`] as const).filter((slot) => env[slot]?.trim());
  // If neither is set, the reader says so of the first.
  return (given.length === 0 ? [name] : given).flatMap((slot) =>
    read(slot, env[slot]).map((value) => ({ slot, value })),
  );
}

/** The values of both settings, each once. @throws {ConfigError} */
export function readPair(env: Secrets, name: RotatedSetting, read: Read<string>): string[] {
  return [...new Set(readSlots(env, name, read).map(({ value }) => value))];
}

/** The keys of both settings. @throws {ConfigError} also when two keys have one id */
export function readKeyPair<T>(
  env: Secrets,
  name: RotatedSetting,
  read: Read<T>,
  idOf: (key: T) => string,
): T[] {
  const keys = readSlots(env, name, read).map(({ value }) => value);
  if (new Set(keys.map(idOf)).size < keys.length)
    throw new ConfigError(`${name} and ${name}_2 have two keys with one id. Each key needs its own.`);
  return keys;
}
