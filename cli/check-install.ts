import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exec, startChecks, TERMINAL } from './checks.ts';
import { reservePort } from './local/ports.ts';

/*
 * The first minute, as somebody has it who has just cloned this: `npm ci` and `npm start` in a copy of the tracked files, timed and
 * weighed, and what `npm start` says under a Node that is too old. Asks npm's registry, so CI runs this and the tests do not.
 */
const ROOT = path.join(import.meta.dirname, '..');
/** Node and workerd are two thirds of it. What comes on top is looked at before this is raised. */
const MAX_MEGABYTES = 400;
const OLD_NODES = ['14', '16', '18'];
const START_MS = 120_000;

const { check, finish } = startChecks('install');

/** Copies the files of this folder that are or would be tracked. */
async function copyTo(folder: string): Promise<void> {
  const { stdout } = await exec('git', ['ls-files', '-co', '--exclude-standard', '-z'], ROOT);
  for (const name of stdout.split('\0').filter((each) => each !== ''))
    // A tracked file may have been removed since.
    await cp(path.join(ROOT, name), path.join(folder, name), { recursive: true }).catch(() => undefined);
}

async function install(folder: string): Promise<void> {
  const before = performance.now();
  const { stdout, stderr } = await exec('npm', ['ci', '--loglevel=notice'], folder);
  const seconds = ((performance.now() - before) / 1_000).toFixed(1);
  const warnings = `${stdout}${stderr}`.split('\n').filter((line) => /\bwarn\b|deprecated/i.test(line));
  if (warnings.length > 0) throw new Error(`npm ci warns:\n${warnings.join('\n')}`);
  const { stdout: size } = await exec('du', ['-sk', 'node_modules'], folder);
  const megabytes = Math.round(Number.parseInt(size, 10) / 1024);
  console.log(`     ${seconds} s, ${megabytes} MB, ${warnings.length} warnings`);
  if (megabytes > MAX_MEGABYTES) throw new Error(`${megabytes} MB are more than ${MAX_MEGABYTES}.`);
}

/** `npm start` until it is ready, and its end by Ctrl-C. */
async function start(folder: string): Promise<void> {
  const ports: Record<string, string> = {};
  for (const variable of ['FLOE_PORT', 'FLOE_POLAR_PORT', 'FLOE_SITE_PORT'])
    ports[variable] = String(await reservePort(0, '', variable));
  const before = performance.now();
  const child = spawn('npm', ['start'], { cwd: folder, env: { ...TERMINAL, ...ports }, detached: true });
  const ended = once(child, 'exit');
  let said = '';
  try {
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('floe ready')) resolve();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      void ended.then(() => reject(new Error(`It ended:\n${said}`)));
      setTimeout(() => reject(new Error(`It is not ready:\n${said}`)), START_MS).unref();
    });
    console.log(`     ready after ${((performance.now() - before) / 1_000).toFixed(1)} s`);
  } finally {
    // npm, its shell and Floe, as a terminal does it.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    await ended;
  }
}

/** What `npm start` says where nothing is installed, under another Node. */
async function startUnder(version: string, home: string, folder: string): Promise<void> {
  await mkdir(home);
  await exec('npm', ['install', '--prefix', home, `node@${version}`], home);
  const node = path.join(home, 'node_modules', '.bin', 'node');
  const said = await exec(node, ['cli/plain/run.cjs', 'cli/start.ts'], folder).then(
    () => 'It started.',
    ({ stderr }: { stderr: string }) => stderr.trim(),
  );
  if (!/^Floe could not start\. Floe needs Node 20 or newer, and this is Node [^\n]*npm start$/.test(said))
    throw new Error(said);
}

const folder = await mkdtemp(path.join(tmpdir(), 'floe-install-'));
try {
  const copy = path.join(folder, 'floe');
  await check('a copy is there', () => copyTo(copy));
  for (const version of OLD_NODES)
    await check(`npm start under Node ${version}, before npm ci, says what to do`, () =>
      startUnder(version, path.join(folder, `node-${version}`), copy),
    );
  await check('npm ci has nothing to warn of, and installs no more than is needed', () => install(copy));
  await check('npx floe runs at once', async () => {
    const { stdout } = await exec('npx', ['floe', '--help'], copy);
    // Past npx it is the machine's own Node that runs it.
    const { stdout: same } = await exec(path.join(copy, 'node_modules', '.bin', 'floe'), ['--help'], folder);
    if (!stdout.includes('Exit codes:') || same !== stdout) throw new Error(`${stdout}\n${same}`);
  });
  await check('npm start is ready with what npm ci has installed', () => start(copy));
} finally {
  await rm(folder, { recursive: true, force: true });
}
finish();
