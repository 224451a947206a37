import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { exec, startChecks, TERMINAL } from '../../cli/checks.ts';
import { reservePort } from '../../cli/local/ports.ts';
import { startStack } from '../../cli/local/stack.ts';
import { installPackage } from '../debian.ts';
import { type Block, fileOf, readBlocks, ROOT } from '../documents/blocks.ts';
import { ShellSession } from '../documents/shell-session.ts';
import { ATTACKS, type Receiver } from './attack.ts';
import { followLicences } from './licences.ts';

/*
 * The guides for other languages (docs/guides/python.md, go.md, php.md, ruby.md; docs/offline-licences.md), as somebody reads them: the programs are saved, the commands
 * are typed, a real gateway sells and tells. Then each receiver is attacked. Asks PyPI, Go's proxy and Debian, so CI runs this and the
 * tests do not. `npm run check:guides -- ruby` is about one, and `-- licences` about offline licences. Ends with one line: `guides: 48 checks passed, 0 failed`.
 */

/** The languages, what works where each is there as its guide needs it, and the Debian packages that bring that. */
const LANGUAGES = [
  { name: 'python', probe: ['python3', '-c', 'import ensurepip, sqlite3'], packages: ['python3-venv'] },
  { name: 'go', probe: ['go', 'version'], packages: ['golang-go'] },
  { name: 'php', probe: ['php', '-r', 'new PDO("sqlite::memory:");'], packages: ['php-cli', 'php-sqlite3'] },
  { name: 'ruby', probe: ['ruby', '-e', 'require "webrick"'], packages: ['ruby'] },
] as const;
/** Where the printed receivers listen. Here each listens on a port of its own. */
const PRINTED_PORT = '8790';

const { check, finish } = startChecks('guides');

/** Whether the language is there, or could be installed. */
async function isThere({
  probe: [program, ...args],
  packages,
}: (typeof LANGUAGES)[number]): Promise<boolean> {
  const works = () =>
    exec(program, args, tmpdir()).then(
      () => true,
      () => false,
    );
  if (await works()) return true;
  return packages.every((name) => installPackage(name)) && (await works());
}

/** Reads a guide from its top. Before the last block, which stops the receiver, the receiver is attacked. */
async function follow(name: string, floe: string, gateway: Receiver['gateway']): Promise<void> {
  const page = `docs/guides/${name}.md`;
  const port = String(await reservePort(0, 'a receiver', ''));
  const blocks = (await readBlocks(page)).map((block) => ({
    ...block,
    text: block.text.replaceAll(PRINTED_PORT, port),
  }));
  const last = blocks.findLast(({ language }) => language === 'sh');
  const shell = new ShellSession('bash', { cwd: floe, env: { ...TERMINAL, PIP_NO_INPUT: '1' } });
  try {
    const ended = await check(`${page}: programs and commands, as printed`, async () => {
      for (const block of blocks) {
        if (block.language !== 'sh') await save(block, path.join(path.dirname(floe), `floe-${name}`));
        else if (block !== last) await shell.type(block.text);
      }
      await shell.waitFor(/paid: pay_\w{26} \d+/);
      await judge(shell.said);
      return true;
    });
    if (!ended) return console.log(shell.said);
    const secret = (await shell.type('printf "%s" "$FLOE_WEBHOOK_SECRET"')).trim();
    const receiver = { port, secret, gateway, said: () => shell.said };
    for (const [what, attack] of Object.entries(ATTACKS))
      await check(`${page}: the receiver ${what}`, () => attack(receiver));
    await shell.type(last?.text ?? '');
    await check(`${page}: the receiver has stopped, and none of it failed`, async () => {
      await judge(shell.said);
      await fetch(`http://127.0.0.1:${port}/`).then(
        () => Promise.reject(new Error('It still answers.')),
        () => undefined,
      );
    });
  } finally {
    await shell.close();
  }
}

/** Saves a program under the name in its first line. */
async function save(block: Block, folder: string): Promise<void> {
  const name = fileOf(block);
  if (name === undefined) throw new Error(`A program of ${block.document} does not name its file.`);
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeFile(path.join(folder, name), `${block.text}\n`);
}

/** What the page promises was printed, and no error. */
async function judge(said: string): Promise<void> {
  for (const shown of [/a sample: payment\.succeeded/, /"status":204/, /^yes$/m])
    if (!shown.test(said)) throw new Error(`Nothing printed ${String(shown)}:\n${said}`);
  if (/failed:|not kept:|warning|error(?!":null)|exception|panic|traceback|not found/i.test(said))
    throw new Error(`It printed an error:\n${said}`);
}

const folder = await mkdtemp(path.join(tmpdir(), 'floe-guides-'));
const floe = path.join(folder, 'floe');
const stateDir = path.join(floe, '.floe');
await mkdir(stateDir, { recursive: true });
await symlink(path.join(ROOT, 'node_modules'), path.join(floe, 'node_modules'));
const stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir });
try {
  const { apps } = z
    .object({ apps: z.array(z.object({ slug: z.string(), secret_key: z.string() })) })
    .parse(JSON.parse(await readFile(stack.devFile, 'utf8')));
  const key = apps.find(({ slug }) => slug === 'quay-sandbox')?.secret_key ?? '';
  let read = 0;
  const wanted = process.argv.slice(2);
  for (const language of LANGUAGES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    if (await isThere(language)) {
      read++;
      await follow(language.name, floe, { url: stack.urls.gateway, key });
    } else
      console.log(
        `not run docs/guides/${language.name}.md: ${language.probe[0]} is not on this machine, and cannot be installed here.`,
      );
  }
  if (wanted.length === 0 || wanted.includes('licences')) if (await followLicences(floe, check)) read++;
  if (read === 0) await check('one of the languages is there', () => Promise.reject(new Error('None is.')));
} finally {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
}
finish();
