import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/*
 * Writes package-lock.json anew for what package.json names (`npm run lock`). In an empty folder: where packages are installed, npm
 * notes only what this system has of new ones. Which Node a package wants is left out of what `npm ci` installs: npm compares that
 * with the Node it runs on itself, and warned of packages that only ever run with the Node that is installed beside them (ADR 80).
 */
const ROOT = path.join(import.meta.dirname, '..');
const LOCK = 'package-lock.json';
const NAMES = [
  'package.json',
  LOCK,
  '.npmrc',
  'packages/floe/package.json',
  'packages/kit/package.json',
  'packages/polar-simulator/package.json',
];

interface Lock {
  packages: Record<string, { dev?: boolean; engines?: unknown }>;
}

const folder = await mkdtemp(path.join(tmpdir(), 'floe-lock-'));
try {
  for (const name of NAMES) await cp(path.join(ROOT, name), path.join(folder, name));
  const shell = process.platform === 'win32';
  await promisify(execFile)('npm', ['install', '--package-lock-only', '--ignore-scripts'], {
    cwd: folder,
    shell,
  });
  const lock = JSON.parse(await readFile(path.join(folder, LOCK), 'utf8')) as Lock;
  for (const [name, one] of Object.entries(lock.packages))
    if (name.startsWith('node_modules/') && !one.dev) delete one.engines;
  await writeFile(path.join(ROOT, LOCK), `${JSON.stringify(lock, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
