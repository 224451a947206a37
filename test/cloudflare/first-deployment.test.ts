import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { readBlocks } from '../documents/blocks.ts';
import { runShell } from '../documents/shell-session.ts';
import { GATEWAY, setStage, type Stage } from './deployed.ts';

/* docs/guides/first-deployment.md, typed as it is printed; and README's "Deploy to Cloudflare", which prints the same commands. */

const ROOT = path.join(import.meta.dirname, '..', '..');
const GUIDE = 'docs/guides/first-deployment.md';

/** `floe` of this clone, with the release that was built once for all tests; and no browser to log in with. */
const NPX = `#!/bin/sh
case "$1 $2" in
  'wrangler login') echo 'Successfully logged in.' ;;
  'floe setup') shift; exec "$NODE" "${ROOT}/packages/floe/bin.mjs" "$@" --release "$RELEASE" ;;
  floe*) shift; exec "$NODE" "${ROOT}/packages/floe/bin.mjs" "$@" ;;
  *) echo "unknown: $*" >&2; exit 64 ;;
esac
`;
/** Everything but this machine is the stand-in. */
const CURL = `#!/bin/sh
for each do shift; case "$each" in https://*) host=\${each#https://}; host=\${host%%/*}; each="$FLOE_TEST_STAND_IN/\${each#https://*/}" ;; esac; set -- "$@" "$each"; done
PATH=$REAL_PATH exec curl -H "x-stand-in-host: $host" "$@"
`;

let stage: Stage;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  stage = await setStage();
  const { cloudflare, home, tokens } = stage;
  await cloudflare.fetch('https://sandbox-api.polar.sh/v1/products/', {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.sandbox}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'quay:lifetime', prices: [{ amount_type: 'fixed', price_amount: 500 }] }),
  });
  const programs = path.join(home, 'programs');
  await mkdir(programs);
  for (const [name, text] of Object.entries({ npx: NPX, curl: CURL })) {
    await writeFile(path.join(programs, name), text);
    await chmod(path.join(programs, name), 0o755);
  }
  env = {
    ...process.env,
    ...cloudflare.env,
    VITEST: undefined,
    NO_COLOR: '1',
    HOME: home,
    FLOE_CONFIG_DIR: path.join(home, 'floe'),
    NODE: process.execPath,
    RELEASE: inject('release'),
    REAL_PATH: process.env['PATH'],
    PATH: `${programs}:${process.env['PATH']}`,
    POLAR_SANDBOX_ACCESS_TOKEN: tokens.sandbox,
    POLAR_LIVE_ACCESS_TOKEN: tokens.live,
  };
});
afterAll(() => stage.close());

/** What differs from machine to machine and from release to release. */
const asPrinted = (said: string) =>
  said
    .replaceAll(path.join(stage.home, 'floe'), '~/.config/floe')
    .replaceAll(/Floe 0\.1\.0, [\da-f]{12}/g, 'Floe 0.1.0, 0123456789ab')
    .replaceAll(/Apply \d+ migrations/g, 'Apply 16 migrations');

test('each command does what the guide prints', async () => {
  const blocks = await readBlocks(GUIDE);
  let said = '';
  for (const { language, text } of blocks) {
    if (language === 'text') {
      expect(said).toContain(text);
      continue;
    }
    expect(language).toBe('sh');
    for (const line of text.split('\n')) {
      const ran = await runShell(line, { cwd: stage.home, env });
      said = asPrinted(ran.said);
      expect([line, ran.code, said]).toEqual([line, 0, expect.not.stringContaining('error:')]);
      if (line.includes('apps list')) expect(said).toContain('quay-sandbox');
      if (line.includes('smoke')) expect(said).toContain('quay:lifetime');
      if (line.startsWith('curl')) expect(said).toContain('{"status":"ready"');
    }
  }
  expect(stage.cloudflare.account.scripts.get('floe')?.isOnWorkersDev).toBe(true);
  expect((await stage.cloudflare.fetch(`${GATEWAY}/health`)).status).toBe(200);
});

test('README prints no command for this that the guide does not', async () => {
  const typed = (await readBlocks(GUIDE)).flatMap(({ language, text }) =>
    language === 'sh' ? text.split('\n') : [],
  );
  const printed = (await readBlocks('README.md')).filter(({ part }) => part === 'Deploy to Cloudflare');
  // The guide says yes where a person is asked, and names the upgrade in a sentence.
  const isTyped = (line: string) => typed.includes(line) || typed.includes(`${line} --yes`);
  const known = ['git pull && npm ci && npx floe upgrade'];
  expect(printed.flatMap(({ text }) => text.split('\n')).filter((line) => !isTyped(line))).toEqual(known);
});
