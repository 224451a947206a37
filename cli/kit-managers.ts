import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Checks, exec } from './checks.ts';
import { startStack } from './local/stack.ts';

/* The kit as somebody installs it from a running gateway: with each package manager, in an empty folder, by one command. */

const PACKAGES = ['pnpm@10.34.9', 'yarn@1.22.22', '@yarnpkg/cli-dist@4.18.1', 'bun@1.4.5'];

/** The program of each manager inside a folder that has them, and what is typed behind it. */
const MANAGERS: readonly { name: string; program: readonly string[]; add: (file: string) => string[] }[] = [
  { name: 'npm', program: ['npm'], add: (file) => ['install', file] },
  { name: 'pnpm', program: ['node', 'pnpm/bin/pnpm.cjs'], add: (file) => ['add', file] },
  { name: 'yarn 1', program: ['node', 'yarn/bin/yarn.js'], add: (file) => ['add', file] },
  // It takes http from nowhere, so the file is downloaded first.
  {
    name: 'yarn 4',
    program: ['node', '@yarnpkg/cli-dist/bin/yarn.js'],
    add: (file) => ['add', `@floe/kit@./${path.basename(file)}`],
  },
  { name: 'bun', program: ['bun/bin/bun.exe'], add: (file) => ['add', file] },
];

/** Checks each manager in a folder of its own beneath `folder`. `program` uses the kit, and is run by `node`. */
export async function checkManagers(
  { check }: Checks,
  { folder, program, node }: { folder: string; program: string; node: string },
): Promise<void> {
  const home = path.join(folder, 'managers');
  await mkdir(home);
  await check('pnpm, yarn and bun are there', () =>
    exec('npm', ['install', '--prefix', home, ...PACKAGES], home),
  );
  const stateDir = path.join(folder, 'state');
  const stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir });
  try {
    const kit = stack.kitUrl;
    for (const { name, program: words, add } of MANAGERS)
      await check(`${name} installs the kit from a gateway`, async () => {
        const empty = path.join(folder, name.replace(' ', '-'));
        await mkdir(empty);
        const [file = '', ...before] = words.map((word) =>
          word.includes('/') ? path.join(home, 'node_modules', word) : word,
        );
        if (name === 'yarn 4') await prepareYarn(empty, kit);
        await exec(file, [...before, ...add(kit)], empty);
        await writeFile(path.join(empty, 'use.mjs'), program);
        // Yarn 4 keeps packages in archives, which its own `node` reads.
        if (name === 'yarn 4') await exec(file, [...before, 'node', 'use.mjs'], empty);
        else await exec(node, ['use.mjs'], empty);
      });
  } finally {
    await stack.close();
  }
}

/** Its own project, whatever is in the folders above, and the file as `curl -O` leaves it. */
async function prepareYarn(empty: string, kit: string): Promise<void> {
  await writeFile(path.join(empty, 'package.json'), '{"private":true}');
  await writeFile(path.join(empty, 'yarn.lock'), '');
  await exec('curl', ['-sSfO', kit], empty);
}
