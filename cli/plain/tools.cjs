'use strict';

/*
 * Makes sure of what tests, checks and builds need beyond `npm start`: `npm ci` leaves it out (`omit=dev` in .npmrc). Does nothing,
 * within milliseconds, when it is there.
 */
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const { ROOT, whatIsInstalled, whatIsMissing } = require('./installed.cjs');

const NOTES = path.join(ROOT, 'node_modules', '.package-lock.json');
/** Has the process that is installing. */
const TURN = path.join(ROOT, 'node_modules', '.floe-installing');
const WAIT_MS = 200;

function main() {
  if (whatIsInstalled({ tools: true }) === 'all') return;
  // The rest is added to what `npm ci` has installed, or mended.
  if (whatIsInstalled({ tools: false }) === 'nothing')
    fail(whatIsMissing({ command: `npm run ${process.env.npm_lifecycle_event || 'tools'}` }));
  takeTurn();
  try {
    // Another process may have done it meanwhile.
    if (whatIsInstalled({ tools: true }) !== 'all') install();
  } finally {
    fs.rmSync(TURN, { force: true });
  }
}

function install() {
  console.log('Tests and checks need more than npm start does. npm installs it now, this once.');
  // npm then looks at what is really there, and an interrupted installation is known by it.
  fs.rmSync(NOTES, { force: true });
  const options = ['install', '--include=dev', '--no-save', '--loglevel=error'];
  const own = process.env.npm_execpath || '';
  const { status } = /npm-cli\.c?js$/.test(own)
    ? spawnSync(process.execPath, [own, ...options], { cwd: ROOT, stdio: 'inherit' })
    : spawnSync('npm', options, { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0 || whatIsInstalled({ tools: true }) !== 'all')
    fail(
      'npm could not install what tests and checks need. When its reason above is mended, the same command goes on.',
    );
}

/** Waits until no other process installs. One that was killed is not waited for. */
function takeTurn() {
  for (;;) {
    try {
      fs.writeFileSync(TURN, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isAlive(readPid())) fs.rmSync(TURN, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
  }
}

function readPid() {
  try {
    // Written a moment after it appears: until then it is somebody's.
    return Number(fs.readFileSync(TURN, 'utf8')) || process.pid;
  } catch {
    return process.pid;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function fail(sentence) {
  fs.rmSync(TURN, { force: true });
  console.error(`\n${sentence}`);
  process.exit(1);
}

main();
