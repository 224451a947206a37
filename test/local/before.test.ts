import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

/* What commands say before anything is installed, or when too little is. CI runs the same under Node 14 to 20 (cli/check-start.ts). */

const PLAIN = path.join(import.meta.dirname, '..', '..', 'cli', 'plain');
const LOCK = {
  packages: {
    '': { version: '1.0.0' },
    'packages/kit': { version: '1.0.0' },
    'node_modules/@floe/kit': { resolved: 'packages/kit', link: true },
    'node_modules/needed': { version: '1.0.0' },
    'node_modules/of-another-system': { version: '1.0.0', optional: true },
    'node_modules/tool': { version: '2.0.0', dev: true },
  },
};
const NEEDED = { packages: { 'node_modules/needed': { version: '1.0.0' } } };
const ALL = {
  packages: { ...NEEDED.packages, 'node_modules/tool': { version: '2.0.0', dev: true } },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-before-'));
  await cp(PLAIN, path.join(folder, 'cli', 'plain'), { recursive: true });
  await writeFile(path.join(folder, 'cli', 'start.ts'), `console.log('started', process.argv.slice(2));`);
  await writeFile(path.join(folder, 'package-lock.json'), JSON.stringify(LOCK));
  // An npm that notes each run, takes a while, and then has installed everything, as npm's own notes say.
  await writeFile(
    path.join(folder, 'npm-cli.js'),
    `const { appendFileSync, writeFileSync } = require('fs');
     appendFileSync('runs.txt', process.argv.slice(2).join(' ') + '\\n');
     setTimeout(() => {
       if (process.env.NPM_FAILS) process.exit(1);
       writeFileSync('node_modules/.package-lock.json', ${JSON.stringify(JSON.stringify(ALL))});
     }, 300);`,
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function install(packages: unknown): Promise<void> {
  await mkdir(path.join(folder, 'node_modules'), { recursive: true });
  await writeFile(path.join(folder, 'node_modules', '.package-lock.json'), JSON.stringify(packages));
}

/** What a command prints, and how it ends. */
async function run(name: 'start' | 'tools', options: string[] = [], env: Record<string, string> = {}) {
  const [script = '', ...before] = {
    start: [path.join(folder, 'cli', 'plain', 'run.cjs'), 'cli/start.ts'],
    tools: [path.join(folder, 'cli', 'plain', 'tools.cjs')],
  }[name];
  const { VITEST: _, npm_lifecycle_event: __, ...own } = process.env;
  return promisify(execFile)(process.execPath, [script, ...before, ...options], {
    cwd: folder,
    env: { ...own, npm_execpath: path.join(folder, 'npm-cli.js'), ...env },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      said: error.stdout + error.stderr,
    }),
  );
}
const runsOfNpm = async () =>
  (await readFile(path.join(folder, 'runs.txt'), 'utf8').catch(() => '')).trim().split('\n').filter(Boolean);

test('npm start before npm ci says what to type, with the options that were given', async () => {
  const { code, said } = await run('start', ['--state', '.floe-2']);
  expect(code).toBe(1);
  expect(said.trim()).toBe(
    'Floe could not start. Nothing is installed yet. Run: npm ci && npm start -- --state .floe-2',
  );
  const polar = await run('start', ['--port', '8788'], { npm_lifecycle_event: 'polar' });
  expect(polar.said).toContain('Run: npm ci && npm run polar -- --port 8788\n');
});

test('npm start after a pull that changed a package, or an interrupted npm ci, says so', async () => {
  for (const there of [
    { packages: {} },
    { packages: { 'node_modules/needed': { version: '0.9.0' } } },
    null,
  ]) {
    await install(there);
    const { code, said } = await run('start');
    expect(code).toBe(1);
    expect(said).toContain('What is installed is not what package-lock.json names');
    expect(said).toContain('Run: npm ci && npm start\n');
  }
});

test('npm start starts when what it needs is there, without tools of tests', async () => {
  await install(NEEDED);
  expect(await run('start', ['--reset'])).toEqual({ code: 0, said: "started [ '--reset' ]\n" });
});

test('tools are installed once, also when two commands need them at once, and are then left alone', async () => {
  await install(NEEDED);
  const both = await Promise.all([run('tools'), run('tools')]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.filter(({ said }) => said.includes('npm installs it now'))).toHaveLength(1);
  expect(await runsOfNpm()).toEqual(['install --include=dev --no-save --loglevel=error']);
  expect(await run('tools')).toEqual({ code: 0, said: '' });
  expect(await runsOfNpm()).toHaveLength(1);
});

test('tools are installed again when package-lock.json names others', async () => {
  await install({ packages: { ...ALL.packages, 'node_modules/tool': { version: '1.9.0' } } });
  expect((await run('tools')).code).toBe(0);
  expect(await runsOfNpm()).toHaveLength(1);
});

test('an installation of a process that was killed is not waited for', async () => {
  await install(NEEDED);
  const { pid } = await new Promise<{ pid: number | undefined }>((resolve) => {
    const child = execFile(process.execPath, ['-e', ''], () => resolve({ pid: child.pid }));
  });
  await writeFile(path.join(folder, 'node_modules', '.floe-installing'), String(pid));
  expect((await run('tools')).code).toBe(0);
});

test('tools before npm ci, or without a network, end with a sentence', async () => {
  const before = await run('tools', [], { npm_lifecycle_event: 'lint' });
  expect(before).toEqual({ code: 1, said: '\nNothing is installed yet. Run: npm ci && npm run lint\n' });
  await install(NEEDED);
  const failed = await run('tools', [], { NPM_FAILS: '1' });
  expect(failed.code).toBe(1);
  expect(failed.said).toContain('npm could not install what tests and checks need.');
  // Nothing is left that keeps the next try waiting.
  expect((await run('tools')).code).toBe(0);
});
