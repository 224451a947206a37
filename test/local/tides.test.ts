import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { buildKit } from '../../cli/build-packages.ts';
import { callJson, listField, textField } from '../../cli/local/http.ts';
import { type Stack, startStack } from '../../cli/local/stack.ts';
import { ROOT } from '../documents/blocks.ts';

/*
 * examples/cli-licence, as somebody has it who bought it: on a terminal, beside a gateway and the simulated Polar. Other machines, other times
 * and the lack of a network come from a file that is loaded before the program.
 */

const DAY_MS = 86_400_000;
const hasTerminal = spawnSync('script', ['--version']).status === 0;
const devShape = z.object({
  gateway_url: z.string(),
  polar_url: z.string(),
  apps: z.array(z.object({ slug: z.string(), secret_key: z.string(), publishable_key: z.string() })),
  products: z.array(z.object({ id: z.string(), name: z.string() })),
});

let folder: string;
let stack: Stack;
let dev: z.output<typeof devShape>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-tides-'));
  const program = path.join(folder, 'program');
  await cp(path.join(ROOT, 'examples', 'cli-licence'), program, { recursive: true });
  const kit = path.join(program, 'node_modules', '@floe', 'kit');
  await buildKit(path.join(kit, 'dist'));
  await cp(path.join(ROOT, 'packages', 'kit', 'package.json'), path.join(kit, 'package.json'));
  const stateDir = path.join(folder, '.floe');
  await mkdir(stateDir);
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir });
  dev = devShape.parse(JSON.parse(await readFile(stack.devFile, 'utf8')));
}, 180_000);
afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

const quay = () => {
  const app = dev.apps.find(({ slug }) => slug === 'quay-sandbox');
  if (!app) throw new Error('no app');
  return app;
};

interface Where {
  /** The machine; each has a home of its own. */
  machine?: string;
  /** Whose home; default the machine's own. */
  home?: string;
  shiftMs?: number;
  offline?: boolean;
  /** Strangers' budget at Polar is small in the sandbox, and whoever has used it up waits. */
  key?: 'publishable' | 'secret';
}

/** Runs the program on a terminal (a plain pipe where there is no `script`). */
async function tides(
  args: string[],
  { machine = 'lena', home = machine, shiftMs = 0, offline = false, key = 'secret' }: Where = {},
) {
  const program = [
    process.execPath,
    '--import',
    path.join(import.meta.dirname, 'tides', 'elsewhere.mjs'),
    path.join(folder, 'program', 'tides.js'),
    ...args,
  ];
  const [file = '', ...rest] = hasTerminal
    ? ['script', '-qefc', program.map((word) => `'${word}'`).join(' '), '/dev/null']
    : program;
  return new Promise<{ code: number; said: string }>((resolve) => {
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      FLOE_GATEWAY: dev.gateway_url,
      FLOE_APP: 'quay-sandbox',
      FLOE_PUBLISHABLE_KEY: quay()[`${key}_key`],
      XDG_CONFIG_HOME: path.join(folder, home),
      TEST_MACHINE: machine,
      TEST_SHIFT_MS: String(shiftMs),
      ...(offline ? { TEST_OFFLINE: '1' } : {}),
    };
    execFile(file, rest, { env }, (error, stdout, stderr) =>
      resolve({
        code: error ? Number(error.code) : 0,
        said: `${stdout}${stderr}`.replaceAll('\r', ''),
      }),
    );
  });
}

const fileOf = (home: string) => path.join(folder, home, 'tides', 'licence.json');

/** Somebody buys the program. @returns the key, as their account page shows it */
async function buy(user: string): Promise<{ key: string; payment: string }> {
  const { secret_key } = quay();
  const product = dev.products.find(({ name }) => name === 'quay:tides')?.id;
  const opened = await callJson('POST', `${dev.gateway_url}/v1/payments`, secret_key, {
    product_id: product,
    customer: { external_id: user },
  });
  const secret = textField(opened, 'checkout_url').split('/').at(-1);
  await callJson('POST', `${dev.polar_url}/v1/checkouts/client/${secret}/confirm`, secret_key, {
    customer_email: `${user}@floe-mail.dev`,
    customer_billing_address: { country: 'DE' },
    confirmation_token_id: 'ctoken_any',
  });
  const id = await vi.waitFor(
    async () => {
      const keys = await callJson(
        'GET',
        `${dev.gateway_url}/v1/license-keys?customer=external:${user}`,
        secret_key,
      );
      const [key] = listField(keys, 'data');
      if (!key) throw new Error('not yet');
      return textField(key, 'id');
    },
    { timeout: 60_000, interval: 200 },
  );
  const shown = await callJson('GET', `${dev.gateway_url}/v1/license-keys/${id}?reveal=true`, secret_key);
  return { key: textField(shown, 'key'), payment: textField(opened, 'id') };
}

test('a program that nobody has bought says what to do', async () => {
  expect(await tides([], { machine: 'nobody' })).toEqual({
    code: 1,
    said: expect.stringContaining('Tides needs a licence.') as string,
  });
  expect(
    await tides(['activate', 'TIDES-00000000-0000-4000-8000-000000000000'], {
      machine: 'nobody',
      key: 'publishable',
    }),
  ).toEqual({
    code: 1,
    said: expect.stringContaining('There is no such licence key.') as string,
  });
  expect((await tides(['activate'], { machine: 'nobody' })).code).toBe(2);
  expect((await tides(['sail'], { machine: 'nobody' })).code).toBe(2);
  expect(await tides(['--help'], { machine: 'nobody' })).toEqual({
    code: 0,
    said: expect.stringContaining('tides activate KEY') as string,
  });
});

test(
  'activated, checked online, used offline until the licence ends, renewed, and given back',
  { timeout: 180_000 },
  async () => {
    const { key } = await buy('lena');
    const activated = await tides(['activate', key], { key: 'publishable' });
    expect(activated.said).toMatch(/Thank you! Tides is activated on this machine \(\*\*\*\*-\w{6}\)\./);
    expect(activated.code).toBe(0);
    const { mode } = await stat(fileOf('lena'));
    expect(mode & 0o777).toBe(0o600);

    expect((await tides(['status'], { key: 'publishable' })).said).toMatch(
      /: valid\.\nThe seller was asked just now\.\n.*until \d+ \w+ 20\d\d\./,
    );
    const offline = { offline: true };
    expect((await tides(['status'], offline)).said).toContain(
      'The seller cannot be asked now, so the kept licence counts.',
    );
    expect(await tides([], offline)).toEqual({
      code: 0,
      said: expect.stringContaining('high water') as string,
    });
    // A month later, always offline.
    const late = await tides([], { offline: true, shiftMs: 29 * DAY_MS });
    expect(late.code).toBe(0);
    expect(await tides([], { offline: true, shiftMs: 31 * DAY_MS })).toEqual({
      code: 1,
      said: expect.stringMatching(/The kept licence ended on .*Connect to the internet once/) as string,
    });
    // The clock is set back to have more of it.
    expect(await tides([], { offline: true, shiftMs: 3 * DAY_MS })).toEqual({
      code: 1,
      said: expect.stringContaining('The clock of this machine is behind') as string,
    });
    // Online once, and all is well.
    expect((await tides([])).code).toBe(0);
    expect((await tides([], offline)).code).toBe(0);

    expect(await tides(['deactivate'], offline)).toEqual({
      code: 3,
      said: expect.stringContaining('cannot be reached') as string,
    });
    expect((await tides(['deactivate'], { key: 'publishable' })).said).toContain('free for another one');
    await expect(stat(fileOf('lena'))).rejects.toThrow('ENOENT');
    expect((await tides([], offline)).code).toBe(1);
  },
);

test(
  'a copied file is of no use on another machine, and a key has two places',
  { timeout: 180_000 },
  async () => {
    const { key } = await buy('mira');
    expect((await tides(['activate', key], { machine: 'mira' })).code).toBe(0);
    await mkdir(path.dirname(fileOf('thief')), { recursive: true });
    await cp(fileOf('mira'), fileOf('thief'));
    const copied = await tides([], { machine: 'thief', offline: true });
    expect(copied).toEqual({
      code: 1,
      said: expect.stringContaining('belongs to another machine') as string,
    });
    expect(await tides([], { machine: 'thief' })).toEqual({
      code: 1,
      said: expect.stringContaining('activated on another machine') as string,
    });

    expect((await tides(['activate', key], { machine: 'desk' })).code).toBe(0);
    expect(await tides(['activate', key], { machine: 'third' })).toEqual({
      code: 1,
      said: expect.stringContaining('in use on as many machines as it is for') as string,
    });
    await tides(['deactivate'], { machine: 'desk' });
    expect((await tides(['activate', key], { machine: 'third' })).code).toBe(0);
    // Again on a machine that has its place.
    expect((await tides(['activate', key], { machine: 'third' })).code).toBe(0);
  },
);

test(
  'a damaged or a forged file opens nothing, and is mended by asking once',
  { timeout: 180_000 },
  async () => {
    const { key } = await buy('nils');
    await tides(['activate', key], { machine: 'nils' });
    const whole = await readFile(fileOf('nils'), 'utf8');
    const kept = z.object({ license: z.string() }).loose().parse(JSON.parse(whole));
    const [head, , tail] = kept.license.split('.');
    const forged = Buffer.from(JSON.stringify({ exp: 99_999_999_999 })).toString('base64url');
    await writeFile(fileOf('nils'), JSON.stringify({ ...kept, license: `${head}.${forged}.${tail}` }));
    expect((await tides([], { machine: 'nils', offline: true })).code).toBe(1);
    expect((await tides([], { machine: 'nils' })).code).toBe(0);
    await writeFile(fileOf('nils'), whole.slice(0, 50));
    expect((await tides([], { machine: 'nils' })).said).toContain('Tides needs a licence.');
  },
);

test(
  'a refund locks it, with the next question and then without a network too',
  { timeout: 180_000 },
  async () => {
    const { key, payment } = await buy('otto');
    await tides(['activate', key], { machine: 'otto' });
    await callJson('POST', `${dev.gateway_url}/v1/payments/${payment}/refunds`, quay().secret_key, {
      reason: 'customer_request',
    });
    await vi.waitFor(
      async () => {
        const { code, said } = await tides(['status'], { machine: 'otto' });
        expect([code, said]).toEqual([1, expect.stringContaining('the purchase was refunded')]);
      },
      { timeout: 60_000, interval: 500 },
    );
    expect(await tides([], { machine: 'otto', offline: true })).toEqual({
      code: 1,
      said: expect.stringContaining('the purchase was refunded') as string,
    });
  },
);
