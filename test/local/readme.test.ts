import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStack } from '../../cli/local/stack.ts';
import { readShellBlocks, runShell } from './shell-blocks.ts';

/* What the documents print to be typed into a shell. */

const ROOT = path.join(import.meta.dirname, '..', '..');

let folder: string;
let stack: Awaited<ReturnType<typeof startStack>>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-readme-'));
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const stateDir = path.join(folder, '.floe');
  await mkdir(stateDir);
  stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir });
}, 120_000);
afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

test('the walk by curl sells, hears, asks, signs in, refunds, and changes a subscription, typed as it is printed', async () => {
  const blocks = await readShellBlocks('README.md', 'The same by curl', 'Polar, simulated');
  expect(blocks.length).toBe(14);
  const port = String(await freePort());
  // Whoever types takes a moment between blocks.
  const walk = blocks.join('\nsleep 1\n').replaceAll('8790', port);
  const { said } = await runShell(walk, { cwd: folder, env: process.env });
  const shows = (pattern: RegExp) => expect(said).toMatch(pattern);
  shows(/verified: payment\.succeeded pay_0{26}/);
  shows(/verified: payment\.succeeded pay_(?!0{26})\w{26}/);
  shows(/"checkout_url":"http/);
  shows(/^confirmed$/m);
  shows(/"allow":true/);
  shows(/"session":"/);
  shows(/"status":"succeeded","amount":100,/);
  shows(/"status":"partially_refunded"/);
  shows(/"estimated":true/);
  shows(/"name":"quay:yearly","plan":"yearly"[^\n]*"cancel_at_period_end":true/);
  shows(/"pause_at_period_end":true/);
  // A second subscription is refused until the organization allows it.
  expect(said.match(/"code":"\w+"/g)).toEqual(['"code":"already_subscribed"']);
  expect(said.match(/"status":"pending"/g)).toHaveLength(2);
  expect(said).not.toMatch(/refused:|Error/);
});

test('nothing to type has a comment behind it: zsh, at its prompt, takes it for arguments', async () => {
  const folders = [
    '.',
    'docs',
    'packages/kit',
    'packages/polar-simulator',
    'examples/site',
    'examples/astro',
  ];
  const lists = await Promise.all(
    folders.map(async (each) =>
      (await readdir(path.join(ROOT, each)))
        .filter((name) => /(?<!CHANGELOG)\.md$/.test(name))
        .map((name) => path.join(each, name)),
    ),
  );
  const lines = (
    await Promise.all(
      lists
        .flat()
        .map(async (file) =>
          (await readShellBlocks(file)).flatMap((block) =>
            block.split('\n').map((line) => `${file}: ${line}`),
          ),
        ),
    )
  ).flat();
  expect(lines.length).toBeGreaterThan(80);
  expect(lines.filter((line) => /(^|\s)#(\s|$)/.test(line))).toEqual([]);
  // A word in angle brackets is a redirection, and zsh's `echo` rewrites JSON.
  expect(lines.filter((line) => /<\w[\w-]*>|\becho "\$/.test(line))).toEqual([]);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
