import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ShellRun {
  cwd: string;
  env: NodeJS.ProcessEnv;
}

export type Shell = 'bash' | 'zsh';

/** Without the files with which people change how their shell behaves. */
export const SHELL_ARGUMENTS: Record<Shell, string[]> = { bash: ['--norc'], zsh: ['-f'] };

const END = 'floe-end-of-block';
/** Longer than any block takes: one that waits for something that never comes is to be seen in what was printed. */
const PATIENCE_MS = 150_000;

/**
 * A shell into which blocks are typed one after the other, as somebody does who reads a document from its top. A variable that nothing
 * has set is an error.
 */
export class ShellSession {
  readonly #child: ChildProcess;
  #said = '';
  #count = 0;

  constructor(shell: Shell, { cwd, env }: ShellRun) {
    // A group of its own, which ends with all that the blocks have started.
    this.#child = spawn(shell, SHELL_ARGUMENTS[shell], {
      cwd,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
      });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdin?.write('exec 2>&1\nset -u\n');
  }

  /** All that was printed until now. */
  get said(): string {
    return this.#said.replaceAll(new RegExp(`\n?${END}-\\d+\n`, 'g'), '\n');
  }

  /** Types lines. @returns what was printed until they had run @throws when the shell has ended */
  async type(lines: string): Promise<string> {
    const end = `${END}-${++this.#count}\n`;
    const from = this.#said.length;
    this.#child.stdin?.write(`${lines}\nprintf '\\n%s\\n' '${end.trim()}'\n`);
    await this.#waitFor((said) => said.includes(end, from));
    return this.#said.slice(from, this.#said.indexOf(end, from));
  }

  /** Waits until something was printed, such as by a program that runs beside the shell. */
  async waitFor(pattern: RegExp): Promise<void> {
    await this.#waitFor((said) => pattern.test(said));
  }

  /** Ends the shell, and whatever it has started. */
  async close(): Promise<void> {
    const { pid } = this.#child;
    const ended = this.#child.exitCode === null ? once(this.#child, 'close') : undefined;
    this.#child.stdin?.end();
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // All of the group has ended.
    }
    await ended;
  }

  async #waitFor(isThere: (said: string) => boolean): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    while (!isThere(this.#said)) {
      if (Date.now() > until) throw new Error(`It goes on and on:\n${this.said}`);
      if (this.#child.exitCode !== null)
        throw new Error(`The shell has ended with ${this.#child.exitCode}:\n${this.said}`);
      const more = new AbortController();
      const { signal } = more;
      try {
        await Promise.race([
          once(this.#child.stdout ?? this.#child, 'data', { signal }),
          once(this.#child, 'close', { signal }),
          sleep(until - Date.now(), undefined, { signal }),
        ]);
      } finally {
        more.abort();
      }
    }
  }
}

/** Runs lines as one script of `sh`; ends with what was printed. A line that fails does not end the others. */
export function runShell(
  lines: string,
  { cwd, env }: ShellRun,
): Promise<{ code: number | null; said: string }> {
  const shell = spawn('sh', ['-c', lines], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  return new Promise((resolve) => {
    shell.on('close', (code) => resolve({ code, said }));
  });
}
