import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { World } from '../../packages/floe/context.ts';
import { Interrupted } from '../../packages/floe/cli-error.ts';
import { runProgram } from '../../packages/floe/program.ts';

/* `floe` in this process: what is typed, and what a terminal then shows. */

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  /** The questions that were asked. */
  asked: string[];
}

export interface RunOptions {
  /** Where requests go. By default there is no network. */
  fetch?: typeof fetch;
  /** By default no variable is set. */
  env?: Record<string, string>;
  cwd?: string;
  configDir?: string;
  stdin?: string;
  /** By default what is printed goes to a pipe. */
  terminal?: { columns?: number };
  /** What the person answers, question by question; 'ctrl-c' interrupts. Without it nobody can be asked. */
  answers?: readonly (string | boolean | (() => Promise<string | boolean>))[];
  now?: number;
  /** By default waiting takes no time. */
  sleep?: (ms: number) => Promise<void>;
  /** By default no process is told from another. */
  processes?: World['processes'];
  signal?: AbortSignal;
  /** By default there is no browser. */
  openBrowser?: (url: string) => Promise<boolean>;
}

export const NOW = Date.UTC(2027, 5, 15, 12);
/** An empty folder, which goes when the test ends. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command to its end. Waits between attempts take no time. */
export async function runFloe(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { terminal, answers, signal = new AbortController().signal } = options;
  const ran: Ran = { code: -1, stdout: '', stderr: '', asked: [] };
  const left = [...(answers ?? [])];
  const answer = async (question: string) => {
    ran.asked.push(question);
    const next = left.shift();
    if (next === undefined) throw new Error(`Nobody answers: ${question}`);
    if (next === 'ctrl-c') throw new Interrupted();
    return typeof next === 'function' ? next() : next;
  };
  const isTerminal = terminal !== undefined;
  const world: World = {
    terminal: {
      writeOut: (text) => void (ran.stdout += text),
      writeErr: (text) => void (ran.stderr += text),
      columns: isTerminal ? (terminal.columns ?? 80) : undefined,
      isInTerminal: answers !== undefined,
      isOutTerminal: isTerminal,
      isErrTerminal: isTerminal || answers !== undefined,
      prompts: {
        confirm: async (question) => (await answer(question)) === true,
        text: async (question) => String(await answer(question)),
        secret: async (question) => String(await answer(question)),
        choose: async (question) => String(await answer(question)),
      },
      startSpinner: () => ({
        update: (line) => void (ran.stderr += `${line}\n`),
        end: (line) => void (ran.stderr += `${line}\n`),
      }),
    },
    env: options.env ?? {},
    cwd: options.cwd ?? (await emptyFolder()),
    platform: process.platform,
    configDir: options.configDir ?? path.join(await emptyFolder(), 'floe'),
    fetch: options.fetch ?? (() => Promise.reject(new Error('There is no network here.'))),
    now: () => options.now ?? NOW,
    sleep: options.sleep ?? (() => Promise.resolve()),
    signal,
    openBrowser: options.openBrowser ?? (() => Promise.resolve(false)),
    processes: options.processes ?? {
      own: () => Promise.resolve(undefined),
      hasEnded: () => Promise.resolve(false),
    },
    readStdin: () => Promise.resolve(options.stdin ?? ''),
  };
  ran.code = await runProgram(args, world);
  return ran;
}

/** What a terminal of 80 columns shows, for golden texts: the command, what it prints on both streams, its exit code. */
export async function session(typed: string, options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr, asked } = await runFloe(wordsOf(typed), {
    ...options,
    env: { NO_COLOR: '1', ...options.env },
    terminal: {},
  });
  return [
    `$ floe ${typed}`,
    ...asked.map((question) => `? ${question}`),
    ...(stderr === '' ? [] : [prefixed(stderr)]),
    ...(stdout === '' ? [] : [stdout.trimEnd()]),
    ...(code === 0 ? [] : [`(exit code ${code})`]),
    '',
  ].join('\n');
}

/** Lines of standard error, to tell them from data. */
const prefixed = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `! ${line}`)
    .join('\n');

/** Words as a shell divides them, with single and double quotes. */
function wordsOf(typed: string): string[] {
  return [...typed.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}
