import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from '../../context.ts';
import { readPrivateFile, writePrivateFile } from '../../private-file.ts';

/*
 * Which key of an app is being replaced. Between the new key and the end of the old one both look alike at the gateway, and a run that was ended there could not tell which of
 * them it had begun with.
 */

const fileOf = ({ configDir }: Context, gateway: string, app: string): string =>
  path.join(configDir, `rotating-${new URL(gateway).host.replaceAll(':', '_')}-${app}`);

/** The id of the key that a run on this machine has begun to replace and has not ended; undefined: none. @throws {CliError} */
export async function readBegun(context: Context, gateway: string, app: string): Promise<string | undefined> {
  return (await readPrivateFile(context, fileOf(context, gateway, app)))?.trim();
}

/** Notes it, before the new key is made. @throws {CliError} */
export async function noteBegun(context: Context, gateway: string, app: string, id: string): Promise<void> {
  await writePrivateFile(fileOf(context, gateway, app), `${id}\n`);
}

/** The old key has its end. */
export async function forgetBegun(context: Context, gateway: string, app: string): Promise<void> {
  await rm(fileOf(context, gateway, app), { force: true });
}
