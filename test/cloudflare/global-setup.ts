import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildRelease } from '../../cli/build-release.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the release that these tests deploy. */
    release: string;
  }
}

/** Makes the release once for all files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-release-'));
  const release = path.join(folder, 'release');
  await buildRelease(release);
  project.provide('release', release);
  return () => rm(folder, { recursive: true, force: true });
}
