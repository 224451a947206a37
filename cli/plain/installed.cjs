'use strict';

/*
 * What is there of the packages that this project needs. All of this folder is plain JavaScript for any Node since 14: it runs before
 * anything is installed, by whatever Node a machine has.
 */
const fs = require('fs');
const path = require('path');

const ROOT = path.join(__dirname, '..', '..');
/** The first that runs TypeScript as it is. */
const RUNS_TYPESCRIPT = [22, 18];
/** The first that npm needs to install everything. */
const OLDEST_TO_INSTALL = 20;

/**
 * Whether npm has installed what package-lock.json names: `nothing`, `part` of it, or `all`. Read from the notes that npm keeps in
 * node_modules, so that it takes milliseconds.
 * @param {{ root?: string, tools: boolean }} options `tools`: also what only tests and checks need
 * @returns {'nothing' | 'part' | 'all'}
 */
function whatIsInstalled({ root = ROOT, tools }) {
  const folder = path.join(root, 'node_modules');
  if (!fs.existsSync(folder)) return 'nothing';
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  const there = readPackages(path.join(folder, '.package-lock.json'));
  const isMissing = Object.keys(wanted).some((name) => {
    const { version, link, dev, optional, devOptional } = wanted[name];
    // What is optional is for other machines, or needs not be there.
    if (!name.startsWith('node_modules/') || link || optional) return false;
    if (!tools && (dev || devOptional)) return false;
    return there[name] === undefined || there[name].version !== version;
  });
  return isMissing ? 'part' : 'all';
}

/** The packages of a lock file by path; none when there is no such file, or an interrupted install has left half of it. */
function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).packages || {};
  } catch {
    return {};
  }
}

/**
 * The sentence that says why a command cannot run yet, and what to type; undefined when it can.
 * @param {{ command: string, version?: string, root?: string }} options `command`: what was typed, `npm start`
 * @returns {string | undefined}
 */
function whatIsMissing({ command, version = process.versions.node, root = ROOT }) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const installed = whatIsInstalled({ root, tools: false });
  if (installed !== 'all' && major < OLDEST_TO_INSTALL)
    return `Floe needs Node ${OLDEST_TO_INSTALL} or newer, and this is Node ${version}. Install a newer one (https://nodejs.org), then run: npm ci && ${command}`;
  if (installed === 'nothing') return `Nothing is installed yet. Run: npm ci && ${command}`;
  if (installed === 'part')
    return `What is installed is not what package-lock.json names: it has changed since, or the installation was interrupted. Run: npm ci && ${command}`;
  const [enough, enoughMinor] = RUNS_TYPESCRIPT;
  if (major > enough || (major === enough && minor >= enoughMinor)) return undefined;
  // Its package puts it there with an install script, which some turn off.
  return fs.existsSync(ownNode(root))
    ? `Floe runs with the Node that npm ci has installed, and this is Node ${version}. Run: ${command}`
    : `The Node that npm ci installs is not there, because install scripts are off, and this is Node ${version}. Run: npm rebuild node --ignore-scripts=false && ${command}`;
}

/** Where npm installs the Node that scripts run with. */
function ownNode(root = ROOT) {
  return path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

module.exports = { ROOT, RUNS_TYPESCRIPT, ownNode, whatIsInstalled, whatIsMissing };
