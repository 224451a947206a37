import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ProcessName, World } from '../../packages/floe/context.ts';
import { createProcesses } from '../../packages/floe/processes.ts';
import { noTerminal } from '../../packages/floe/terminal/no-terminal.ts';

/* `floe catalog push` in this process, for a Polar that is simulated here. */

interface Polar {
  url: string;
  accessToken: string;
}

/** One Floe at a time has the simulated Polar (own-state.ts), so a push of this name that it remembers has ended, however it ended. */
const OWN: ProcessName = { machine: 'npm start', process: String(process.pid) };

/** Loads the command, which takes about half a second on a slow machine: beside something that takes longer. */
export async function loadPush(): Promise<void> {
  await Promise.all([
    import('../../packages/floe/program.ts'),
    import('../../packages/floe/commands/catalog/push-catalog.ts'),
  ]);
}

/**
 * Has Polar sell what a configuration says. `folder`: where it is, with its pages and files. Nobody is asked, nothing of the user's own
 * configuration is read, and no lock file is written. @returns what the command says when it went well
 * @throws an error with all that the command says
 */
export async function pushCatalog(
  { url, accessToken }: Polar,
  folder: string,
  config = 'floe.config.yaml',
): Promise<string> {
  const { runProgram } = await import('../../packages/floe/program.ts');
  const said = { out: '', all: '' };
  const write = (text: string) => void (said.all += text);
  const processes = createProcesses(process.pid);
  const world: World = {
    terminal: noTerminal('while Floe starts', {
      writeOut(text) {
        said.out += text;
        write(text);
      },
      writeErr: write,
      startSpinner: () => ({ update: write, end: write }),
    }),
    env: { POLAR_SANDBOX_API_URL: url, POLAR_SANDBOX_ACCESS_TOKEN: accessToken, NO_COLOR: '1' },
    cwd: folder,
    platform: process.platform,
    configDir: path.join(folder, '.config', 'floe'),
    fetch,
    now: Date.now,
    sleep: (ms) => wait(ms),
    signal: new AbortController().signal,
    openBrowser: () => Promise.resolve(false),
    processes: {
      own: () => Promise.resolve(OWN),
      hasEnded: async (named) => named.machine === OWN.machine || processes.hasEnded(named),
    },
    readStdin: () => Promise.resolve(''),
  };
  const code = await runProgram(['catalog', 'push', '--no-lock', '--config', config], world);
  if (code === 0) return said.out;
  throw new Error(`${path.join(folder, config)} could not be pushed to the simulated Polar.\n${said.all}`);
}
