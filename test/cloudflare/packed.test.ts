import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { buildFloe } from '../../cli/build-packages.ts';
import { WRANGLER_VERSION } from '../../packages/floe/cloudflare/wrangler.ts';
import { setStage, type Stage } from './deployed.ts';
import { startFloe } from './floe.ts';

/* The published package in a folder without anything: it has its release with it, and has npm fetch wrangler. */

const ROOT = path.join(import.meta.dirname, '..', '..');

let stage: Stage;
let bin: string;
beforeAll(async () => {
  stage = await setStage();
  const folder = path.join(stage.home, 'package');
  await buildFloe(path.join(folder, 'dist'));
  await cp(inject('release'), path.join(folder, 'dist', 'release'), { recursive: true });
  for (const name of ['package.json', 'bin.mjs'])
    await cp(path.join(ROOT, 'packages', 'floe', name), path.join(folder, name));
  bin = path.join(folder, 'bin.mjs');
});
afterAll(() => stage.close());

test('the wrangler that is fetched is the one that Floe is tested with', async () => {
  const { dependencies } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  expect(WRANGLER_VERSION).toBe(dependencies['wrangler']);
});

test('it deploys its own release, with a wrangler and a Node that npm fetches', async () => {
  const programs = path.join(stage.home, 'programs');
  await mkdir(programs);
  const npm = path.join(programs, 'npm');
  const wrangler = path.join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
  await writeFile(
    npm,
    `#!/bin/sh
printf '%s\\n' "$*" >> "${programs}/calls"
while [ "$1" != wrangler ]; do shift; done
shift
exec "${process.execPath}" "${wrangler}" "$@"
`,
  );
  await chmod(npm, 0o755);
  // That is enough: the first thing has been made.
  stage.cloudflare.before = ({ method, path: at }) =>
    method === 'POST' && at.endsWith('/namespaces')
      ? Response.json({ success: false, errors: [], messages: [] }, { status: 400 })
      : undefined;
  const { code, stderr } = await startFloe(
    stage.cloudflare,
    stage.home,
    ['setup', '--mode', 'sandbox', '--no-app', '--yes'],
    {
      bin,
      env: {
        POLAR_SANDBOX_ACCESS_TOKEN: stage.tokens.sandbox,
        PATH: `${programs}:${process.env['PATH']}`,
      },
    },
  ).ended;
  expect([code, stderr]).toEqual([1, expect.stringContaining('Release … Floe 0.1.0')]);
  expect(stage.cloudflare.account.databases).toHaveLength(1);
  expect((await readFile(path.join(programs, 'calls'), 'utf8')).split('\n')[0]).toBe(
    `exec --yes --package=node@24.x --package=wrangler@${WRANGLER_VERSION} -- wrangler d1 create floe`,
  );
});
