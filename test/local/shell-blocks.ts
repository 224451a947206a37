import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** What a document prints to be typed into a shell, in order: all of it, or what is between two headings. */
export async function readShellBlocks(file: string, from?: string, to?: string): Promise<string[]> {
  const text = await readFile(path.join(ROOT, file), 'utf8');
  const begin = from === undefined ? 0 : text.indexOf(`\n## ${from}\n`);
  const end = to === undefined ? text.length : text.indexOf(`\n## ${to}\n`);
  if (begin < 0 || end <= begin) throw new Error(`${file} has no part between ${from} and ${to}.`);
  return [
    ...text.slice(begin, end).matchAll(/^( *)```(?:sh|bash|zsh|shell|console)\n([\s\S]*?)^ *```$/gm),
  ].map(([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

export interface ShellRun {
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Runs lines as one shell would, one after the other; ends with what was printed. A line that fails does not end the
 * others, as when they are typed.
 */
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
