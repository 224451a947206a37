import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { ownFolder } from '../own-folder.ts';
import { createProcesses } from '../processes.ts';
import { noTerminal } from '../terminal/no-terminal.ts';
import { createOutput } from '../terminal/output.ts';

/* What the catalogue may use of a build: its folder, its environment and its log. Nobody is there to be asked. */

/** One request. Polar answers in less, or not at all. */
const REQUEST_MS = 30_000;

/** `say`: shows a line of the build's log, such as that Polar asks to wait. `signal`: ends all that waits. */
export function createBuildContext(
  cwd: string,
  say: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Context {
  const write = (text: string) => say(text.trimEnd());
  const out = createOutput(
    noTerminal('in a build', {
      writeOut: write,
      writeErr: write,
      startSpinner: () => ({ update: () => undefined, end: () => undefined }),
    }),
    {
      json: false,
      quiet: false,
      yes: false,
      isInteractive: false,
      coloursOut: false,
      coloursErr: false,
      width: undefined,
    },
  );
  return {
    out,
    options: { json: false, profile: undefined, yes: false, quiet: false, color: false },
    env: process.env,
    cwd,
    platform: process.platform,
    configDir: ownFolder(process.env),
    fetch: (input, init) =>
      fetch(input, {
        ...init,
        signal: AbortSignal.any([init?.signal ?? signal, AbortSignal.timeout(REQUEST_MS)]),
      }),
    now: Date.now,
    sleep: (ms) => wait(ms, undefined, { signal }),
    signal,
    processes: createProcesses(process.pid),
    isInteractive: false,
    openBrowser: () => Promise.resolve(false),
    readStdin: () => Promise.resolve(''),
  };
}
