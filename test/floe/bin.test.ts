import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { emptyFolder } from './harness.ts';

/* `floe` as a process, in a clone. `npm run check:packages` tries the packed one. */

const BIN = path.join(import.meta.dirname, '..', '..', 'packages', 'floe', 'bin.mjs');

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function run(...args: string[]): Promise<Ended> {
  const folder = await emptyFolder();
  return promisify(execFile)(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { ...process.env, FLOE_GATEWAY: '', FLOE_PROFILE: '', FLOE_CONFIG_DIR: path.join(folder, 'config') },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Ended) => error,
  );
}

test('runs from any folder, and ends with the exit code', async () => {
  expect(await run('--version')).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  expect(await run('apps', 'list')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('error: No gateway is named.'),
  });
});

test('what a shell asks while somebody types', async () => {
  const { stdout } = await run('complete', '--', 'profiles', 'u');
  expect(stdout).toBe('use\tuse a profile where no other is named\n:4\n');
  const script = (await run('completion', 'bash')).stdout;
  expect(script).toContain('floe complete --');
  // Read twice, as by a shell in a shell.
  const { stderr } = await promisify(execFile)('bash', ['-c', 'eval "$1"; eval "$1"', 'bash', script]);
  expect(stderr).toBe('');
});

test('what is typed is never run by Tab', async () => {
  const script = (await run('completion', 'bash')).stdout;
  const folder = await emptyFolder();
  const typed = ['floe', 'apps', '$(touch run)', '`touch run`', '>', 'emptied', ';', 'touch', 'run', '--js'];
  const lines = `
    ${script}
    floe() { printf '%s\\n' "$@" >&3; }
    _get_comp_words_by_ref() { words=("\${TYPED[@]}"); cword=$((\${#words[@]} - 1)); cur=\${words[cword]}; }
    TYPED=("$@"); __floe_complete 3>asked
    TYPED=(floe apps ''); __floe_complete 3>>asked || true`;
  await promisify(execFile)('bash', ['-c', lines, 'bash', ...typed], { cwd: folder });
  expect(await readdir(folder)).toEqual(['asked']);
  const asked = ['complete', '--', ...typed.slice(1), 'complete', '--', 'apps', ''];
  expect(await readFile(path.join(folder, 'asked'), 'utf8')).toBe(`${asked.join('\n')}\n`);
  expect((await run('completion', 'zsh')).stdout).toContain('flagPrefix="-P ${(q)BASH_REMATCH}"');
});

test('without a home in the environment, the profiles are not those of the folder that the command is typed in', async () => {
  const folder = await emptyFolder();
  const kept = path.join(folder, '.config', 'floe');
  await mkdir(kept, { recursive: true });
  // Whoever reads it says that it is no list of profiles.
  await writeFile(path.join(kept, 'profiles.json'), 'of this folder', { mode: 0o600 });
  const env = { ...process.env, HOME: '', XDG_CONFIG_HOME: '', FLOE_CONFIG_DIR: '' };
  const ended: Partial<Ended> = await promisify(execFile)(process.execPath, [BIN, 'profiles', 'list'], {
    cwd: folder,
    env,
  }).catch((error: Ended) => error);
  expect(ended.stderr).not.toContain('.config/floe/profiles.json is no list');
});

test('what cannot be printed is a sentence, and the exit code', async () => {
  const full = `"$0" "$1" --help > /dev/full`;
  const ended: Ended = await promisify(execFile)('sh', ['-c', full, process.execPath, BIN]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Ended) => error,
  );
  expect(ended).toMatchObject({
    code: 1,
    stderr: 'error: What was to be printed cannot be written: ENOSPC: no space left on device, write\n',
  });
});
