#!/usr/bin/env node
/*
 * `floe`. In the published package it is the compiled program beside this file. In a clone it is main.ts, run by a Node that runs
 * TypeScript: this one, or the one that `npm ci` has installed (ADR 80). Plain JavaScript for any Node since 14.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const source = beside('main.ts');
const OLDEST = 20;

if (!existsSync(source)) {
  if (Number.parseInt(process.versions.node, 10) >= OLDEST) await import('./dist/main.js');
  else
    fail(`Floe needs Node ${OLDEST} or newer, and this is Node ${process.versions.node}: https://nodejs.org`);
} else runInClone();

function runInClone() {
  const { ROOT, RUNS_TYPESCRIPT, whatIsMissing, ownNode } = createRequire(import.meta.url)(
    '../../cli/plain/installed.cjs',
  );
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [enough, enoughMinor] = RUNS_TYPESCRIPT;
  const own = ownNode(ROOT);
  const runsTypescript = major > enough || (major === enough && minor >= enoughMinor);
  const version = runsTypescript || !existsSync(own) ? process.versions.node : RUNS_TYPESCRIPT.join('.');
  const missing = whatIsMissing({ command: ['npx floe', ...process.argv.slice(2)].join(' '), version });
  if (missing !== undefined) fail(missing);
  else if (runsTypescript) void import('./main.ts');
  else runWith(own);
}

/** Runs the program with another Node, as if it were this process: its signals, its end. */
function runWith(node) {
  const child = spawn(node, [source, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  child.once('error', (error) => fail(error.message));
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function fail(sentence) {
  console.error(`floe could not start. ${sentence}`);
  process.exitCode = 1;
}
