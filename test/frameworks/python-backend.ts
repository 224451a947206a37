import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { exec } from '../../cli/checks.ts';
import { callJson, listField, textField } from '../../cli/local/http.ts';
import { linesForFloe } from './guide.ts';
import { type Dev, eventually, newReader, pay, refundNewest } from './reader.ts';
import { shell } from './site.ts';

/* The story of a backend in Python that has users of its own: it asks, sells, and verifies what it is told. */

const FILES = path.join(import.meta.dirname, 'python');
const PACKAGES = ['flask==3.1.3', 'requests==2.34.2', 'standardwebhooks==1.1.0'];
const SECRET = 'At four the reefers begin to hum.';
const EMAIL = 'python@floe-mail.dev';
const START_MS = 30_000;

export interface PythonWorld {
  browser: Browser;
  dev: Dev;
  folder: string;
  port: number;
  stateDir: string;
}

/** Whether there is a Python that can make an environment of its own. */
export function hasPython(): boolean {
  return spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0;
}

/** The lines for Floe: those that the backend alone has not. */
export async function linesOfPython(): Promise<string[]> {
  const [own, gated] = await Promise.all(
    ['site.py', 'app.py'].map((name) => readFile(path.join(FILES, name), 'utf8')),
  );
  return linesForFloe({ own: new Map([['app.py', own ?? '']]), gated: new Map([['app.py', gated ?? '']]) });
}

/** An environment with the real packages, beside the program. */
export async function installPython(folder: string): Promise<void> {
  await mkdir(folder);
  await exec('python3', ['-m', 'venv', 'env'], folder);
  await exec(
    path.join(folder, 'env/bin/pip'),
    ['install', '--quiet', '--disable-pip-version-check', ...PACKAGES],
    folder,
  );
  await copyFile(path.join(FILES, 'app.py'), path.join(folder, 'app.py'));
}

/** The steps by name, in order, and what ends the backend wherever its story ended. */
export function tellPython(world: PythonWorld): {
  steps: [name: string, run: () => Promise<void>][];
  close: () => Promise<void>;
} {
  const { browser, dev, folder, port, stateDir } = world;
  const origin = `http://localhost:${port}`;
  let server: ChildProcess | undefined;
  let said = '';
  let endpoint = '';
  let reader: Awaited<ReturnType<typeof newReader>>;
  const steps: [name: string, run: () => Promise<void>][] = [
    [
      'it starts, with an endpoint for its events',
      async () => {
        const root = path.join(import.meta.dirname, '..', '..');
        await shell([`npm run --silent site:env > '${folder}/.env'`], root, { FLOE_STATE: stateDir });
        const key = dev.apps.find(({ slug }) => slug === 'quay-sandbox')?.secret_key ?? '';
        const made = await callJson('POST', `${dev.gateway_url}/v1/webhook-endpoints`, key, {
          url: `http://127.0.0.1:${port}/hooks`,
          events: ['payment.succeeded', 'refund.succeeded'],
        });
        const env = { ...process.env, FLOE_WEBHOOK_SECRET: textField(made, 'secret') };
        endpoint = textField(made, 'id');
        const command = `set -a && . ./.env && exec env/bin/flask --app app run --port ${port}`;
        const child = spawn('bash', ['-c', command], { cwd: folder, env });
        server = child;
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (text: string) => {
            said += text;
          });
        const deadline = Date.now() + START_MS;
        while (!(await answers(origin))) {
          if (child.exitCode !== null || Date.now() > deadline)
            throw new Error(`It does not start:\n${said}`);
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      },
    ],
    [
      'the page is closed, and sold',
      async () => {
        reader = await newReader(browser);
        await signIn(reader.page, origin);
        await reader.page.getByRole('button', { name: 'Buy' }).waitFor();
        assert.ok(!(await reader.page.content()).includes(SECRET), 'what is gated is in the page');
      },
    ],
    [
      'bought, it is read, and the event is verified',
      async () => {
        await buy(reader.page, origin);
        await hears(dev, endpoint, 'payment.succeeded');
      },
    ],
    [
      'refunded, it is closed, and the event is verified',
      async () => {
        await refundNewest(dev, EMAIL);
        await eventually(async () => {
          await reader.page.goto(`${origin}/article`);
          await reader.page.getByRole('button', { name: 'Buy' }).waitFor({ timeout: 2_000 });
        });
        await hears(dev, endpoint, 'refund.succeeded');
      },
    ],
    [
      'an event that nobody has signed is refused',
      async () => {
        const now = String(Math.floor(Date.now() / 1000));
        const signed = (signature: string) => ({
          'webhook-id': 'msg_1',
          'webhook-timestamp': now,
          'webhook-signature': signature,
        });
        for (const headers of [{}, signed('v1,AAAA'), signed('no signature')]) {
          const body = '{"type":"payment.succeeded"}';
          const forged = await fetch(`${origin}/hooks`, { method: 'POST', headers, body });
          assert.equal(forged.status, 401);
        }
      },
    ],
    [
      'bought again, it is read in another browser by who signs in there',
      async () => {
        await buy(reader.page, origin);
        await reader.context.close();
        const { context, page } = await newReader(browser);
        await signIn(page, origin);
        await page.getByText(SECRET).waitFor();
        await context.close();
      },
    ],
  ];
  return { steps, close: async () => void server?.kill('SIGKILL') };
}

const answers = (origin: string) =>
  fetch(`${origin}/sign-in`).then(
    ({ ok }) => ok,
    () => false,
  );

async function signIn(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/sign-in`);
  await page.getByLabel('User').fill('user-1');
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function buy(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/article`);
  await page.getByRole('button', { name: 'Buy' }).click();
  await pay(page, EMAIL);
  await page.waitForURL(`${origin}/article?*`);
  await page.getByText(SECRET).waitFor();
}

/** An event has been sent to the backend, which has verified it: it answers 200 to nothing else. */
async function hears({ gateway_url: gateway, apps }: Dev, endpoint: string, type: string): Promise<void> {
  const key = apps.find(({ slug }) => slug === 'quay-sandbox')?.secret_key ?? '';
  await eventually(async () => {
    const where = `${gateway}/v1/deliveries?endpoint=${endpoint}&type=${type}`;
    const [delivery] = listField(await callJson('GET', where, key), 'data');
    assert.equal(delivery?.['status'], 'succeeded');
  });
}
