import { setTimeout as wait } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import createSpinner from 'yocto-spinner';
import type { Terminal, World } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { ownFolder } from './own-folder.ts';
import { createProcesses } from './processes.ts';
import { runProgram } from './program.ts';
import { openBrowser } from './terminal/open-browser.ts';
import { createPrompts } from './terminal/prompts.ts';

/* The program: gives the commands what they may use of this process, and ends with their exit code. */

const COLUMNS = 80;

const { stdin, stdout, stderr } = process;
const interrupt = new AbortController();
process.on('SIGINT', () => {
  // Whoever presses it twice does not want to wait for anything.
  if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
  interrupt.abort();
});
for (const stream of [stdout, stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // `floe … | head` has seen enough.
    if (error.code === 'EPIPE') process.exit();
    // A full disk. What cannot be printed at all is not said either.
    if (stream === stdout)
      stderr.write(`error: What was to be printed cannot be written: ${error.message}\n`);
    process.exit(EXIT.failed);
  });

const terminal: Terminal = {
  writeOut: (words) => void stdout.write(words),
  writeErr: (words) => void stderr.write(words),
  // Some terminals say 0 until they know.
  columns: stdout.isTTY ? stdout.columns || COLUMNS : undefined,
  isInTerminal: stdin.isTTY,
  isOutTerminal: stdout.isTTY,
  isErrTerminal: stderr.isTTY,
  prompts: createPrompts(stdin, stderr),
  startSpinner(words) {
    const spinner = createSpinner({ text: words, stream: stderr, handleSignals: false }).start();
    return {
      update(line) {
        spinner.text = line;
      },
      end(line) {
        spinner.stop();
        stderr.write(`${line}\n`);
      },
    };
  },
};

const world: World = {
  terminal,
  env: process.env,
  cwd: process.cwd(),
  platform: process.platform,
  configDir: ownFolder(process.env),
  fetch,
  now: Date.now,
  sleep: (ms) => wait(ms, undefined, { signal: interrupt.signal }),
  signal: interrupt.signal,
  openBrowser: (url) => openBrowser(url, process),
  processes: createProcesses(process.pid),
  readStdin: () => text(stdin),
};

// What is written last has been taken by a pipe before the process ends.
process.exitCode = await runProgram(process.argv.slice(2), world);
