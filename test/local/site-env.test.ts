import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

/* `npm run --silent site:env`: the settings of a site beside `npm start`. */

const ROOT = path.join(import.meta.dirname, '..', '..');
const DEV = {
  gateway_url: 'http://127.0.0.1:8787',
  polar_url: 'http://127.0.0.1:8788',
  polar: { access_token: 'polar_oat_x' },
  apps: [
    { slug: 'quay-sandbox', secret_key: 'floe_sk_sandbox_q', publishable_key: 'floe_pk_sandbox_q' },
    { slug: 'atlas-sandbox', secret_key: 'floe_sk_sandbox_a', publishable_key: 'floe_pk_sandbox_a' },
  ],
  products: [
    { id: 'id-monthly', name: 'quay:monthly' },
    { id: 'id-lifetime', name: 'quay:lifetime' },
    { id: 'id-pro', name: 'atlas:pro' },
  ],
};

let state: string;
beforeAll(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'floe-site-env-'));
  await writeFile(path.join(state, 'dev.json'), JSON.stringify(DEV));
});
afterAll(() => rm(state, { recursive: true, force: true }));

const print = (...args: string[]) =>
  promisify(execFile)(process.execPath, [path.join(ROOT, 'cli', 'site-env.ts'), ...args]);

test.each([
  ['the app that sells articles', [], 'quay', 'id-lifetime'],
  ['the other app', ['--app', 'atlas-sandbox'], 'atlas', 'id-pro'],
])('has what a site of %s needs, as environment files are read', async (_name, args, app, product) => {
  const { stdout } = await print('--state', state, ...args);
  expect(parseEnv(stdout)).toEqual({
    FLOE_GATEWAY: 'http://127.0.0.1:8787',
    FLOE_APP: `${app}-sandbox`,
    FLOE_SECRET_KEY: `floe_sk_sandbox_${app[0]}`,
    FLOE_PUBLISHABLE_KEY: `floe_pk_sandbox_${app[0]}`,
    FLOE_PRODUCT: product,
  });
});

test('has what floe catalog asks, for a terminal', async () => {
  const { stdout } = await print('--state', state, '--polar');
  const shell = `${stdout}\nprintf '%s %s' "$POLAR_SANDBOX_API_URL" "$POLAR_SANDBOX_ACCESS_TOKEN"`;
  const known = await promisify(execFile)('sh', ['-c', shell]);
  expect(known.stdout).toBe('http://127.0.0.1:8788 polar_oat_x');
});

test('says which apps there are', async () => {
  await expect(print('--state', state, '--app', 'quay')).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'There is no app quay here. --app takes quay-sandbox or atlas-sandbox.\n',
  });
});

test('before the first start it says what to do, and writes nothing into the file', async () => {
  await expect(print('--state', path.join(state, 'none'))).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('Run npm start first'),
  });
});
