import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProgram, installPackage } from '../debian.ts';
import { listDocuments, readBlocks, ROOT } from './blocks.ts';
import { SHELL_ARGUMENTS, type Shell } from './shell-session.ts';
import { wayOf } from './ways.ts';

/*
 * zsh understands each command of the documents as bash does: quotes, patterns, variables and lists come to the same words. No program is run: whatever
 * a command would run notes its own words instead, so that a document takes no time. What the commands do is bash.test.ts.
 */

if (findProgram(['zsh']) === undefined && !installPackage('zsh'))
  throw new Error('zsh is missing. Only root can install it by apt-get: install it yourself.');

/** There is no program on this path, so both shells call their handler for each. It says one word, as the value of a variable may be. */
const NOTE = `note() { local words= each; for each; do words+="[$each]"; done; builtin printf '%s\\n' "$words" >>"$NOTED"; builtin printf 'word\\n'; }
command_not_found_handle() { note "$@"; }
command_not_found_handler() { note "$@"; }
printf() { note printf "$@"; }
echo() { note echo "$@"; }
cd() { note cd "$@"; }
source() { note source "$@"; }
kill() { note kill; }
wait() { :; }
exec 2>&1
set -u
PATH=/nonexistent
`;

/** What a shell runs of a script, a line a command, sorted, since parts of a pipe run at once; and what it does not understand. */
async function readBy(shell: Shell, script: string): Promise<{ ran: string[]; complaints: string[] }> {
  const folder = path.join(parent, 'floe');
  await mkdir(folder);
  // What patterns find.
  await symlink(path.join(ROOT, 'examples'), path.join(folder, 'examples'));
  const noted = path.join(parent, 'noted');
  try {
    const { stdout } = await promisify(execFile)(shell, [...SHELL_ARGUMENTS[shell], '-c', NOTE + script], {
      cwd: folder,
      env: { ...process.env, HOME: folder, NOTED: noted },
      timeout: 20_000,
    }).catch((error: { stdout: string }) => error);
    const lines = await readFile(noted, 'utf8').catch(() => '');
    return {
      ran: lines
        .split('\n')
        .filter((line) => line !== '')
        .toSorted(),
      complaints: stdout.split('\n').filter((line) => COMPLAINT.test(line)),
    };
  } finally {
    await rm(folder, { recursive: true });
    await rm(noted, { force: true });
  }
}

const COMPLAINT = /no matches|parameter not set|unbound variable|syntax error|parse error|bad pattern/i;

const scripts = new Map<string, string>();
for (const document of await listDocuments())
  for (const block of await readBlocks(document))
    if (block.language === 'sh' && wayOf(block) !== undefined)
      scripts.set(document, `${scripts.get(document) ?? ''}${block.text}\n`);

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'floe-read-alike-'));
});
afterAll(() => rm(parent, { recursive: true }));

test.each([...scripts])('%s: zsh reads what bash reads', async (_document, script) => {
  const bash = await readBy('bash', script);
  expect(bash.ran.length).toBeGreaterThan(0);
  expect(await readBy('zsh', script)).toEqual({ ...bash, complaints: [] });
});

test.each([
  ['a pattern without quotes', 'curl http://localhost/v1/payments?status=paid'],
  ['a variable that is split', 'ARGS="--a --b"\nfloe $ARGS'],
  ['a command’s path', 'floe =curl'],
])('%s is found', async (_what, script) => {
  expect(await readBy('zsh', script)).not.toEqual(await readBy('bash', script));
});
