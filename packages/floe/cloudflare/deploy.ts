import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { DeploymentPlace, Secrets } from '../deployments/deployment-file.ts';
import { writePrivateFile } from '../private-file.ts';
import type { Release } from '../release/open-release.ts';
import { deployedSettings, type Placement } from './deployed-settings.ts';
import { databaseName } from './look.ts';
import type { Wrangler } from './wrangler.ts';

/* What wrangler does with a release, with settings and secrets in files for this user alone. */

/** Writes the settings of a deployment for wrangler. @returns the file */
export async function writeSettings(
  { folder }: DeploymentPlace,
  release: Release,
  placement: Placement,
): Promise<string> {
  const file = path.join(folder, 'wrangler.json');
  await writePrivateFile(file, `${JSON.stringify(deployedSettings(release, placement), null, 2)}\n`);
  return file;
}

/**
 * Applies those of the missing migrations that are wanted, each in a transaction of its own. Wrangler applies all that are in a folder, so it is given
 * one with these. @throws {CliError}
 */
export async function applyMigrations(
  wrangler: Wrangler,
  place: DeploymentPlace,
  release: Release,
  placement: Placement,
  isWanted: (name: string) => boolean,
): Promise<void> {
  const folder = path.join(place.folder, 'migrating');
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.join(folder, 'migrations'), { recursive: true });
  try {
    for (const name of release.migrations.filter(isWanted))
      await cp(path.join(release.folder, 'migrations', name), path.join(folder, 'migrations', name));
    const config = await writeSettings({ ...place, folder }, { ...release, folder }, placement);
    const database = databaseName(release.settings);
    await wrangler.run(['d1', 'migrations', 'apply', database, '--remote', '--config', config], {
      cwd: folder,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Deploys a release, and in the same upload the secrets: at no time is there a Worker without them. Secrets that are not named stay as they
 * are.
 * @throws {CliError}
 */
export async function deployRelease(
  wrangler: Wrangler,
  config: string,
  release: Release,
  secrets: Secrets,
): Promise<void> {
  const message = ['--message', `Floe ${release.version}`, '--tag', release.hash.slice(0, 20)];
  await withSecrets(config, secrets, (file) =>
    wrangler.run(
      ['deploy', '--config', config, ...message, ...(file === undefined ? [] : ['--secrets-file', file])],
      { cwd: path.dirname(config) },
    ),
  );
}

/** Sets secrets of the Worker that runs; all others stay as they are. @throws {CliError} */
export async function putSecrets(wrangler: Wrangler, config: string, secrets: Secrets): Promise<void> {
  await withSecrets(config, secrets, async (file) => {
    if (file !== undefined)
      await wrangler.run(['secret', 'bulk', file, '--config', config], { cwd: path.dirname(config) });
  });
}

/** Gives secrets to wrangler by a file that goes at once; one that a kill left behind is written over or goes the next time. */
async function withSecrets(
  config: string,
  secrets: Secrets,
  use: (file: string | undefined) => Promise<unknown>,
): Promise<void> {
  const file = path.join(path.dirname(config), 'upload.json');
  if (Object.keys(secrets).length === 0) {
    await rm(file, { force: true });
    await use(undefined);
    return;
  }
  await writePrivateFile(file, JSON.stringify(secrets));
  try {
    await use(file);
  } finally {
    await rm(file, { force: true });
  }
}
