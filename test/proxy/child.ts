import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOST } from '../../cli/local/ports.ts';
import { endChild } from '../end-child.ts';

/* What the proxies under test have in common: the recipe in the documentation, and a process that runs it. */

const DOCS = path.join(import.meta.dirname, '..', '..', 'docs', 'proxies.md');
const START_MS = 10_000;
const POLL_MS = 20;

/** The documented configuration in this language, with these lines changed. @throws when one is not there, or twice */
export async function readRecipe(
  language: string,
  changes: readonly (readonly [from: string, into: string])[],
): Promise<string> {
  const block = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(await readFile(DOCS, 'utf8'));
  const recipe = block?.[1];
  if (recipe === undefined) throw new Error(`docs/proxies.md shows no ${language} configuration.`);
  return changes.reduce((text, [from, into]) => {
    if (text.split(from).length !== 2)
      throw new Error(`The documented configuration has no one line ${from}`);
    return text.replace(from, into);
  }, recipe);
}

/** Runs a proxy until it listens; `directory` is its own, and goes with it. @returns what ends it */
export async function runProxy(
  command: readonly [program: string, ...arguments_: string[]],
  { directory, port, env = {} }: { directory: string; port: number; env?: Record<string, string> },
): Promise<() => Promise<void>> {
  const [program, ...rest] = command;
  const child: ChildProcess = spawn(program, rest, {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const close = async () => {
    await endChild(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    for (const until = Date.now() + START_MS; !(await listens(port)); await sleep(POLL_MS)) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`${program} did not start: ${said}`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
