import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/** What is deployed: the built Worker, its static files, its migrations and its settings (`cli/build-release.ts` makes it). */
export interface Release {
  folder: string;
  /** Of Floe. */
  version: string;
  /** Of all files of it. Two releases with the same hash are the same. */
  hash: string;
  migrations: readonly string[];
  polarEventTypes: readonly string[];
  polarScopes: Readonly<Record<string, readonly string[]>>;
  /** wrangler.json, without what belongs to one deployment. */
  settings: ReleaseSettings;
}

export interface ReleaseSettings {
  name: string;
  main: string;
  assets: { directory: string };
  triggers: { crons: string[] };
  vars: Record<string, string>;
  d1_databases: { binding: string; database_name: string }[];
  kv_namespaces: { binding: string }[];
  queues: { producers: { binding: string; queue: string }[]; consumers: { queue: string }[] };
  [other: string]: unknown;
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** In the published package this file is part of `dist/main.js`, and the release lies beside it. */
const PACKED = here('./release/');
const BUILDER = here('../../../cli/build-release.ts');
const BUILT = here('../../../.floe/release/');

/**
 * The release that this version of the command line deploys: the one in `folder`, the one of the published package, or in a clone one that is
 * made now.
 * @throws {CliError} when there is none, or the Worker does not bundle
 */
export async function openRelease(context: Context, folder?: string): Promise<Release> {
  if (folder !== undefined) return readRelease(path.resolve(context.cwd, folder));
  if (existsSync(path.join(PACKED, 'manifest.json'))) return readRelease(PACKED);
  if (!existsSync(BUILDER))
    throw new CliError(EXIT.failed, 'This floe has no release to deploy: npm start has packed it without.', {
      hint: 'Run the same command in the folder of Floe.',
    });
  await promisify(execFile)(execPath, [BUILDER, BUILT], {
    env: { ...context.env } as NodeJS.ProcessEnv,
    signal: context.signal,
  }).catch((error: { stderr?: string }) => {
    throw new CliError(EXIT.failed, `The Worker could not be built.\n${error.stderr ?? ''}`, {
      hint: 'Run npm ci in the folder of Floe, and try again.',
      cause: error,
    });
  });
  return readRelease(BUILT);
}

async function readRelease(folder: string): Promise<Release> {
  const [manifest, settings] = await Promise.all([
    readJson<{
      version: string;
      hash: string;
      migrations: string[];
      polar_event_types: string[];
      polar_scopes: Record<string, string[]>;
    }>(path.join(folder, 'manifest.json')),
    readJson<ReleaseSettings>(path.join(folder, 'wrangler.json')),
  ]);
  const { version, hash, migrations } = manifest;
  return {
    folder,
    version,
    hash,
    migrations,
    polarEventTypes: manifest.polar_event_types,
    polarScopes: manifest.polar_scopes,
    settings,
  };
}

async function readJson<T>(file: string): Promise<T> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (cause) {
    throw new CliError(EXIT.failed, `${path.dirname(file)} is no release of Floe.`, { cause });
  }
}
