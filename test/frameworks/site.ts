import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exec, TERMINAL } from '../../cli/checks.ts';
import { reservePort } from '../../cli/local/ports.ts';
import type { Guide } from './guide.ts';

/* A site in a folder of its own, made as its guide says it. */

const ROOT = path.join(import.meta.dirname, '..', '..');
const START_MS = 60_000;
/** The Node of this project first: the frameworks want a newer one than npm may run on. */
const PATH = [path.dirname(process.execPath), TERMINAL['PATH'] ?? ''].join(path.delimiter);

/** What the guides say, and what it is here. */
export interface Place {
  /** The folder that has the frameworks' packages; sites are beneath it. */
  home: string;
  /** Where Floe keeps its state, with `dev.json`. */
  stateDir: string;
  /** The gateway's address. */
  gateway: string;
}

export interface Site {
  folder: string;
  port: number;
  /** `http://localhost:3000`, with the site's own port. */
  origin: string;
  guide: Guide;
  place: Place;
}

/** Has a port for a site, which Floe is told before the site is there. */
export async function planSite(name: string, guide: Guide, place: Place): Promise<Site> {
  const port = await reservePort(0, `the site of ${name}`, '');
  return { folder: path.join(place.home, name), port, origin: `http://localhost:${port}`, guide, place };
}

/** Types what step 2 says, and writes the files of steps 3 and 4. */
export async function makeSite(site: Site): Promise<void> {
  const { folder, guide, place } = site;
  const packages = await readPackages(place.home);
  const commands = guide.prepare
    .replaceAll('../my-site', folder)
    .replaceAll('http://127.0.0.1:8787', place.gateway)
    .split('\n')
    .map((line) => (line.startsWith('npm install ') ? installed(line, packages) : line));
  const keep = `export -p | grep -Ev ' (OLD)?PWD=' > '${terminalOf(site)}'`;
  await shell(['set -eu', ...commands, keep], ROOT, { FLOE_STATE: place.stateDir });
  for (const [name, text] of [...guide.own, ...guide.gated]) await writeInto(site, name, text);
}

/** What the terminal of step 2 knows when it is done: step 5 is typed into the same one. */
const terminalOf = ({ folder }: Pick<Site, 'folder'>): string => `${folder}.terminal`;

async function readPackages(home: string): Promise<ReadonlySet<string>> {
  const manifest = JSON.parse(await readFile(path.join(home, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return new Set(Object.keys(manifest.dependencies));
}

/**
 * `npm install` without the packages that all sites share: they are in the folder above, in the versions of the lock file.
 * @throws for a package that is not there
 */
function installed(line: string, packages: ReadonlySet<string>): string {
  const words = line.split(' ').slice(2);
  const missing = words.filter((word) => !/^(?:--|https?:)/.test(word) && !packages.has(word));
  if (missing.length > 0) throw new Error(`test/frameworks/package.json has no ${missing.join(', ')}.`);
  const urls = words.filter((word) => /^https?:/.test(word));
  return urls.length === 0 ? '' : `npm install --no-audit --no-fund ${urls.join(' ')}`;
}

/** Writes a file of the guide, with the site's own port where the guide has the usual one. */
async function writeInto({ folder, port, place }: Site, name: string, text: string): Promise<void> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  const own = text
    .replaceAll('http://127.0.0.1:8787', place.gateway)
    .replace(/\b(?:3000|4321)\b/g, String(port));
  await writeFile(file, own);
}

/** Runs the lines of step 5 before the last. */
export const buildSite = (site: Site): Promise<void> => typeInto(site, site.guide.build);

/** Types lines into the terminal of step 2, in the site's folder. @throws with what they printed when one fails */
export async function typeInto(site: Site, lines: readonly string[]): Promise<void> {
  await shell(['set -eu', `. '${terminalOf(site)}'`, ...lines], site.folder, {
    NEXT_TELEMETRY_DISABLED: '1',
    ASTRO_TELEMETRY_DISABLED: '1',
  });
}

/** Runs the last line of step 5 until `close`. Resolves when the site answers. @throws with what it printed when it does not */
export async function runSite(site: Site): Promise<{ close: () => Promise<void>; said: () => string }> {
  const { folder, guide, origin, port } = site;
  const command = guide.run.replaceAll(/\b(?:3000|4321)\b/g, String(port));
  const env = { ...TERMINAL, PATH, PORT: String(port), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
  // A group of its own: what is started here may start others.
  const child = spawn('bash', ['-c', command], { cwd: folder, env, detached: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const close = () => endGroup(child);
  for (const deadline = Date.now() + START_MS; ;) {
    const answers = await fetch(origin).then(
      () => true,
      () => false,
    );
    if (answers) return { close, said: () => said };
    if (child.exitCode !== null || Date.now() > deadline) {
      await close();
      throw new Error(`${command} does not answer at ${origin}:\n${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await exited;
}

/** Runs lines in bash, as they are typed. @throws with what they printed when one fails */
export async function shell(
  lines: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<void> {
  const set = Object.entries({ PATH, ...env }).map(([name, value]) => `export ${name}='${value}'`);
  await exec('bash', ['-c', [...set, ...lines].join('\n')], cwd);
}
