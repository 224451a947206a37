import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundleStart, MAX_START_GZIP_KB } from './start-size.ts';
import { findUnexplained, type Raise } from './size-ceiling.rules.ts';

/*
 * `npm run size`: what an isolate evaluates before its first request. Fails above the ceiling, and when a commit raised the
 * ceiling and does not say why.
 */
const FILE = 'cli/start-size.ts';
const KB = 1024;
const PARTS_SHOWN = 12;

const git = async (...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)('git', args, { cwd: path.join(import.meta.dirname, '..') });
  return stdout;
};

/** Each commit that changed the file of the ceiling: what the ceiling was before and after, and the message. */
async function readRaises(): Promise<Raise[]> {
  const commits = (await git('log', '--format=%H', '--', FILE)).split('\n').filter((line) => line !== '');
  return Promise.all(
    commits.map(async (commit) => ({
      commit,
      before: await git('show', `${commit}^:${FILE}`).catch(() => ''),
      after: await git('show', `${commit}:${FILE}`).catch(() => ''),
      message: await git('show', '--no-patch', '--format=%B', commit),
    })),
  );
}

const { gzipBytes, parts } = await bundleStart();
const size = gzipBytes / KB;
console.log(`evaluated at start: ${size.toFixed(1)} KB gzip, at most ${MAX_START_GZIP_KB} KB; before gzip:`);
for (const { name, bytes } of parts.slice(0, PARTS_SHOWN))
  console.log(`  ${(bytes / KB).toFixed(1).padStart(6)} KB  ${name}`);
if (size > MAX_START_GZIP_KB) {
  console.error(
    'It is more than the ceiling: load what only some requests need by import(), see src/parts.ts.',
  );
  process.exitCode = 1;
}
// A copy without history has no commits to look at.
const raises = await readRaises().catch(() => []);
for (const { commit } of findUnexplained(raises)) {
  console.error(`${commit} raised the ceiling: its message must have a line "Ceiling: <why>".`);
  process.exitCode = 1;
}
