import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { endChild } from '../end-child.ts';
import { readBlocks } from '../documents/blocks.ts';
import { runShell } from '../documents/shell-session.ts';

/*
 * README's "Deploy to Cloudflare", typed as it is printed into a copy of this folder. What needs an account has a stand-in on the PATH that
 * answers as Wrangler does; migrations, bundling and the deployed Worker are Wrangler's own, on this machine.
 */

const ROOT = path.join(import.meta.dirname, '..', '..');
const SITE = 'https://pay.example.com';
const DATABASE_ID = '11111111-2222-4333-8444-555555555555';
const NAMESPACE_ID = '0123456789abcdef0123456789abcdef';
const WRANGLER = `"${process.execPath}" "${path.join(ROOT, 'node_modules/wrangler/bin/wrangler.js')}"`;

const NPX = `#!/bin/sh
printf '%s\\n' "npx $*" >> "$STAND_IN/calls"
[ "$1" = wrangler ] || exit 64
shift
case "$*" in
  login) echo 'Successfully logged in.' ;;
  'd1 create floe') touch "$STAND_IN/d1"; echo "Successfully created DB 'floe'"; echo 'database_id = "${DATABASE_ID}"' ;;
  'd1 list --json')
    if [ -f "$STAND_IN/d1" ]; then echo '[{"uuid":"ffffffff-2222-4333-8444-555555555555","name":"floe-old"},{"uuid":"${DATABASE_ID}","name":"floe"}]'; else echo '[]'; fi ;;
  'kv namespace create floe-entitlements') touch "$STAND_IN/kv"; echo 'id = "${NAMESPACE_ID}"' ;;
  'kv namespace list')
    if [ -f "$STAND_IN/kv" ]; then echo '[{"id":"${NAMESPACE_ID}","title":"floe-entitlements","supports_url_encoding":true}]'; else echo '[]'; fi ;;
  'queues create floe-work' | 'queues create floe-work-slow' | 'queues create floe-dead') echo "Created queue '$3'" ;;
  'd1 migrations apply floe --remote -c wrangler.deploy.toml')
    exec ${WRANGLER} d1 migrations apply floe --local -c wrangler.deploy.toml --persist-to "$STAND_IN/state" ;;
  'deploy -c wrangler.deploy.toml --secrets-file .dev.vars.deploy')
    exec ${WRANGLER} deploy --dry-run -c wrangler.deploy.toml --secrets-file .dev.vars.deploy ;;
  *) echo "unknown: $*" >&2; exit 64 ;;
esac
`;

const NPM = `#!/bin/sh
printf '%s\\n' "npm $*" >> "$STAND_IN/calls"
[ "$1" = ci ] || PATH=$REAL_PATH:$PATH exec node "$STAND_IN/run.mjs" "$@"
`;

/** As \`npm run\`: the script of package.json, with what follows \`--\`. */
const RUN = `import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
const [, name, , ...args] = process.argv.slice(2);
const script = JSON.parse(readFileSync('package.json', 'utf8')).scripts[name];
process.exit(spawnSync('sh', ['-c', [script, ...args].join(' ')], { stdio: 'inherit', env: { ...process.env, PATH: process.env.STAND_IN + ':' + process.env.PATH } }).status ?? 1);
`;

const CURL = `#!/bin/sh
for each do shift; case "$each" in ${SITE}*) each="$DEPLOYED\${each#${SITE}}" ;; esac; set -- "$@" "$each"; done
PATH=$REAL_PATH exec curl -s "$@"
`;

let folder: string;
let standIn: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-deploy-'));
  standIn = path.join(folder, '.floe-stand-in');
  await mkdir(standIn);
  for (const name of [
    'cli',
    'packages',
    'docs',
    'README.md',
    'CHANGELOG.md',
    'src',
    'migrations',
    'package.json',
    'tsconfig.json',
    'wrangler.toml',
  ])
    await cp(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  for (const [name, text] of Object.entries({ npx: NPX, npm: NPM, 'run.mjs': RUN, curl: CURL })) {
    await writeFile(path.join(standIn, name), text);
    await chmod(path.join(standIn, name), 0o755);
  }
  const realPath = `${path.dirname(process.execPath)}:${process.env['PATH']}`;
  env = {
    ...process.env,
    STAND_IN: standIn,
    REAL_PATH: realPath,
    PATH: `${standIn}:${realPath}`,
    WRANGLER_SEND_METRICS: 'false',
    CI: '1',
    VITEST: undefined,
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const readDeployed = (name: string) => readFile(path.join(folder, name), 'utf8');

test(
  'typed as printed it ends with a gateway that is ready and an app; an update keeps it',
  { timeout: 240_000 },
  async () => {
    const printed = (await readBlocks('README.md')).filter(({ part }) => part === 'Deploy to Cloudflare');
    const blocks = printed.map(({ text }) => text);
    const [
      login = '',
      create = '',
      configure = '',
      migrate = '',
      deploy = '',
      app = '',
      update = '',
      ...more
    ] = blocks;
    expect(more).toEqual([]);
    const type = (lines: string) => runShell(lines, { cwd: folder, env });

    expect(await type(login)).toMatchObject({ code: 0 });
    // Too early, or with an address that is none: what to do is said, and nothing is made.
    const early = await type(configure);
    expect([early.code, early.said]).toEqual([1, expect.stringContaining('npx wrangler d1 create floe')]);
    expect(await type(create)).toMatchObject({ code: 0 });
    const help = await type('npm run deploy:config -- --help');
    expect(help.said).toContain('the first time');
    const unsaid = await type('npm run deploy:config');
    expect([unsaid.code, unsaid.said]).toEqual([1, expect.stringContaining('-- https://pay.example.com')]);
    for (const bad of ['http://pay.example.com', 'https://pay.example.com/x', 'pay.example.com'])
      expect(await type(`npm run deploy:config -- ${bad}`)).toMatchObject({
        code: 1,
        said: expect.stringContaining(bad),
      });
    await expect(readDeployed('wrangler.deploy.toml')).rejects.toThrow('ENOENT');

    expect(await type(configure)).toMatchObject({ code: 0 });
    const config = await readDeployed('wrangler.deploy.toml');
    for (const has of [
      `database_id = "${DATABASE_ID}"`,
      `\nid = "${NAMESPACE_ID}"`,
      `FLOE_URL = "${SITE}"`,
      'routes = [{ pattern = "pay.example.com", custom_domain = true }]',
      'workers_dev = false',
    ])
      expect(config).toContain(has);
    expect((await stat(path.join(folder, '.dev.vars.deploy'))).mode & 0o777).toBe(0o600);
    expect(await type(migrate)).toMatchObject({ code: 0, said: expect.stringContaining('0000_') });

    // What step 5 says, with a Polar that knows no token.
    const polar = createServer((_, response) => response.writeHead(401).end('{}')).listen(0, '127.0.0.1');
    await new Promise((resolve) => polar.once('listening', resolve));
    const address = polar.address();
    const polarPort = typeof address === 'object' && address ? address.port : 0;
    const secrets = (await readDeployed('.dev.vars.deploy'))
      .replace('POLAR_SANDBOX_ACCESS_TOKEN=', '$&polar_oat_0123456789abcdefghij')
      .replace('POLAR_SANDBOX_ORGANIZATION_ID=', '$&9b7d3a52-3a6c-4f0e-8a52-0d1b2c3d4e5f')
      .replace('POLAR_SANDBOX_WEBHOOK_SECRETS=', '$&polar_whs_0123456789abcdefghijklmnop');
    const local = `POLAR_SANDBOX_API_URL=http://127.0.0.1:${polarPort}\nFLOE_DEVELOPMENT=1\n`;
    await writeFile(path.join(folder, '.dev.vars.deploy'), secrets);
    await writeFile(path.join(standIn, 'secrets'), secrets + local);

    const port = 20_000 + (process.pid % 10_000);
    const inspector = port + 10_000;
    env['DEPLOYED'] = `http://127.0.0.1:${port}`;
    const [ship = '', ...looks] = deploy.trim().split('\n');
    const shipped = await type(ship);
    expect(shipped).toMatchObject({
      code: 0,
      said: expect.stringContaining('env.FLOE_SANDBOX_SIGNING_KEYS'),
    });
    const worker = spawn(
      'sh',
      [
        '-c',
        `exec ${WRANGLER} dev -c wrangler.deploy.toml --env-file "$STAND_IN/secrets" --persist-to "$STAND_IN/state" --ip 127.0.0.1 --port ${port} --inspector-port ${inspector} --upstream-protocol https --show-interactive-dev-session=false`,
      ],
      { cwd: folder, env: { ...env, PATH: env['REAL_PATH'] } },
    );
    let log = '';
    for (const stream of [worker.stdout, worker.stderr])
      stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
    try {
      await vi.waitFor(() => expect(log).toContain('Ready on'), { timeout: 90_000, interval: 200 });
      const health = await type(looks.join('\n'));
      expect(health.said).toContain('"d1":"ready"');
      expect(health.said).toContain('"keys":"ready"');
      const made = await type(app);
      expect(made.said).toContain('"floe_sk_sandbox_');
      expect(made.said).toContain('"quay-sandbox"');
    } finally {
      await endChild(worker);
      polar.close();
    }

    // A new version binds something else. The secrets, the address and the tracked file stay.
    const tracked = await readDeployed('wrangler.toml');
    await writeFile(
      path.join(folder, 'wrangler.toml'),
      `${tracked}\n[[queues.producers]]\nbinding = "NEW"\nqueue = "new"\n`,
    );
    expect(await type(update)).toMatchObject({ code: 0, said: expect.stringContaining('env.NEW (new)') });
    expect(await readDeployed('.dev.vars.deploy')).toBe(secrets);
    expect(await readDeployed('wrangler.deploy.toml')).toContain(`FLOE_URL = "${SITE}"`);
  },
);

test('what belongs to one deployment is in files that git ignores', async () => {
  const ignored = (await readFile(path.join(ROOT, '.gitignore'), 'utf8')).split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['wrangler.deploy.toml', '.dev.vars*']));
});
