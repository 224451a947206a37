import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { registerWithRunning } from '../../cli/local/own-pages.ts';
import { claimFile } from '../../cli/local/running.ts';
import { statePaths } from '../../cli/local/state.ts';
import { claim } from '../../packages/polar-simulator/claim.ts';

test.each(['', '{"gateway_url": "http://127'])(
  'a damaged dev.json of a Floe that runs is named, with what to do: %j',
  async (text) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'floe-own-pages-'));
    const release = await claim(claimFile(folder), [8787]);
    const { devFile } = statePaths(folder, 'simulated');
    await mkdir(path.dirname(devFile), { recursive: true });
    await writeFile(devFile, text);
    const pages = { app: 'quay-sandbox', origins: ['http://localhost:4321'], callbackUrls: [] };
    await expect(registerWithRunning(folder, pages)).rejects.toThrow(
      `${devFile} is damaged, so the Floe that runs (process ${process.pid}) cannot be asked. End it with: kill ${process.pid}, and start it again.`,
    );
    await release();
    await rm(folder, { recursive: true });
  },
);
