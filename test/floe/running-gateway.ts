import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Stack, startStack } from '../../cli/local/stack.ts';
import type { RunOptions } from './harness.ts';

export interface RunningGateway {
  urls: Stack['urls'];
  /** For `runFloe`: the network, and a folder in which `npm start` runs. */
  beside: Pick<RunOptions, 'cwd' | 'fetch'> & { cwd: string };
  close(): Promise<void>;
}

/** All of `npm start` on free ports, with a state of its own. */
export async function startGateway(): Promise<RunningGateway> {
  const cwd = await mkdtemp(path.join(tmpdir(), 'floe-cli-running-'));
  const remove = () => rm(cwd, { recursive: true, force: true });
  const stateDir = path.join(cwd, '.floe');
  const stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir }).catch(
    async (error: unknown) => {
      await remove();
      throw error;
    },
  );
  return {
    urls: stack.urls,
    beside: { cwd, fetch },
    async close() {
      await stack.close();
      await remove();
    },
  };
}
