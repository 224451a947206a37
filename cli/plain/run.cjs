'use strict';

/* Runs a program of this project, `node cli/plain/run.cjs cli/start.ts`, or says what is missing for it. */
const path = require('path');
const { pathToFileURL } = require('url');
const { ROOT, whatIsMissing } = require('./installed.cjs');

const [program, ...options] = process.argv.slice(2);
const name = process.env.npm_lifecycle_event || 'start';
const command = [
  name === 'start' ? 'npm start' : `npm run ${name}`,
  ...(options.length > 0 ? ['--'] : []),
  ...options,
];
const missing = whatIsMissing({ command: command.join(' ') });
if (missing === undefined) {
  const file = path.join(ROOT, program);
  // The program finds its options where they always are.
  process.argv.splice(1, 2, file);
  void import(pathToFileURL(file).href);
} else {
  console.error(`\nFloe could not start. ${missing}`);
  process.exitCode = 1;
}
