import { execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseTarGzip } from 'nanotar';
import { afterAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { callJson } from '../../cli/local/http.ts';
import { HOST, reservePorts } from '../../cli/local/ports.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

const devFile = z.object({
  gateway_url: z.string(),
  site_url: z.string(),
  polar_url: z.string(),
  admin_token: z.string(),
  polar: z.object({ access_token: z.string() }),
  apps: z.array(
    z.object({
      publishable_key: z.string(),
      secret_key: z.string(),
      origins: z.array(z.string()),
      callback_urls: z.array(z.string()),
    }),
  ),
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-start-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Ports {
  FLOE_PORT: string;
  FLOE_POLAR_PORT: string;
  FLOE_SITE_PORT: string;
}

/** Below what systems give to outgoing connections: one of those could take them before they are used. */
async function freePorts(): Promise<Ports> {
  for (;;) {
    const first = randomInt(20_000, 30_000);
    const [a, b, c] = [first, first + 1, first + 2];
    const free = reservePorts([a, b, c].map((port) => ({ port, what: '', variable: '' })));
    if (
      await free.then(
        () => true,
        () => false,
      )
    )
      return { FLOE_PORT: String(a), FLOE_POLAR_PORT: String(b), FLOE_SITE_PORT: String(c) };
  }
}

/** `npm start` as it runs: until it is ready, or has ended. */
async function start(
  state: string,
  ports: Ports & { FLOE_OTHER_METHODS?: string; FLOE_KEEP_AUDIT_DAYS?: string },
  ...options: string[]
) {
  const child = spawn(process.execPath, ['cli/start.ts', '--state', state, ...options], {
    cwd: ROOT,
    env: { ...process.env, ...ports, npm_lifecycle_event: undefined, VITEST: undefined },
  });
  let said = '';
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  closing.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  await new Promise<void>((resolve) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('floe ready')) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void ended.then(() => resolve());
  });
  return { pid: child.pid, said, ended, end: (signal: NodeJS.Signals) => (child.kill(signal), ended) };
}

const readDev = async (state: string) =>
  devFile.parse(JSON.parse(await readFile(path.join(state, 'dev.json'), 'utf8')));

/** Fetches the command line as package managers do, two at once, and runs it. */
async function runPacked(gateway: string): Promise<string> {
  const address = `${gateway}/kit/floe-0.1.0.tgz`;
  const get = async () => new Uint8Array(await (await fetch(address)).arrayBuffer());
  const [one, other] = await Promise.all([get(), get()]);
  expect(other).toEqual(one);
  const folder = await newFolder();
  for (const { name, data } of await parseTarGzip(one)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), data ?? '');
  }
  const bin = path.join(folder, 'package', 'bin.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [bin, 'catalog', '--help']);
  // There is no other, and all else is the gateway's.
  expect((await fetch(`${gateway}/kit/floe-0.0.1.tgz`)).status).toBe(404);
  return stdout;
}

/** Six real starts on a busy machine, some of which are refused. */
const START_TIMEOUT_MS = 180_000;

test(
  'one Floe owns a state folder, keeps it whole, and gives it back however it ends',
  { timeout: START_TIMEOUT_MS },
  async () => {
    const [state, ports] = [await newFolder(), await freePorts()];
    const words = { invoice: { text: 'We write you an invoice.' } };
    const first = await start(state, { ...ports, FLOE_OTHER_METHODS: JSON.stringify(words) });
    expect(first.said).toContain('floe ready');
    const dev = await readDev(state);
    const app = `${dev.gateway_url}/admin/apps/quay-sandbox`;
    expect(await runPacked(dev.gateway_url)).toContain('push');

    // What an operator sets is the gateway's too; what would not be taken at Cloudflare is not taken here.
    await expect(
      callJson('POST', `${dev.gateway_url}/v1/payments`, dev.apps[0]?.secret_key ?? '', {
        method: 'invoice',
        product_id: crypto.randomUUID(),
      }),
    ).rejects.toThrow(words.invoice.text);
    const wrong = await start(await newFolder(), { ...(await freePorts()), FLOE_KEEP_AUDIT_DAYS: '5' });
    expect(await wrong.ended).toBe(1);
    expect(wrong.said).toContain('FLOE_KEEP_AUDIT_DAYS must be a whole number from 91 to 3650, or unset.');

    // The same folder on other ports: refused, and the first does not notice.
    const second = await start(state, await freePorts());
    expect(await second.ended).toBe(1);
    expect(second.said).toContain(`: process ${first.pid} (${HOST}:${ports.FLOE_PORT}`);
    expect(second.said).toContain(`end it with: kill ${first.pid}`);
    expect(second.said).toContain('npm start -- --state');
    expect(await readDev(state)).toEqual(dev);
    expect(await callJson('GET', app, dev.admin_token)).toMatchObject({ origins: [dev.site_url] });

    // Another folder on the same ports: all three at once, and whose they are.
    const third = await start(await newFolder(), ports);
    expect(await third.ended).toBe(1);
    const [gateway, polar, site] = [ports.FLOE_PORT, ports.FLOE_POLAR_PORT, ports.FLOE_SITE_PORT];
    expect(third.said).toContain(
      `Ports ${gateway} (the gateway), ${site} (the demo site), ${polar} (the simulated Polar) are in use by another Floe: process ${first.pid}, state in ${state}. It ends with: kill ${first.pid}\n`,
    );

    // What a developer adds, to the apps and at Polar, in front and behind.
    const mine = 'http://127.0.0.1:4321';
    await callJson('PATCH', app, dev.admin_token, {
      origins: [dev.site_url, mine],
      callback_urls: [
        `${mine}/thanks`,
        `${dev.site_url}/welcome`,
        `${dev.site_url}/`,
        `${dev.site_url}/mine`,
      ],
    });
    const endpoints = `${dev.polar_url}/v1/webhooks/endpoints`;
    // Pages of their own, told to the one that runs.
    const page = 'http://localhost:4321';
    const asked = () =>
      fetch(`${dev.gateway_url}/v1/products`, {
        headers: { authorization: `Bearer ${dev.apps[0]?.publishable_key}`, origin: page },
      });
    const refused = await asked();
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, page]);
    const { detail } = (await refused.json()) as { detail: string };
    const command = /npm start -- (.*)$/.exec(detail)?.[1] ?? '';
    const told = await start(state, await freePorts(), ...command.split(' '));
    expect(await told.ended).toBe(0);
    expect(told.said).toContain(
      `may come back to every page there (kept by the running Floe, process ${first.pid}).\nBuyers of payments without success_url come back to ${mine}/thanks.`,
    );
    expect((await asked()).status).toBe(200);

    const hook = { url: `${mine}/hooks`, format: 'raw', events: ['order.paid'] };
    await callJson('POST', endpoints, dev.polar.access_token, hook);
    // The simulated Polar saves a while after a change, and less often on a busy machine.
    const polarFile = path.join(state, 'simulated', 'polar.json');
    const isSaved = async () => expect(await readFile(polarFile, 'utf8')).toContain(`${mine}/hooks`);
    await vi.waitFor(isSaved, { timeout: 30_000, interval: 100 });

    // Killed: nothing could be given back, and the next start, on other ports, is not kept out.
    await first.end('SIGKILL');
    const again = await start(
      state,
      await freePorts(),
      '--callback',
      'http://127.0.0.1:5173/thanks',
      '--app',
      'atlas-sandbox',
    );
    expect(again.said).toContain('floe ready');
    // What is registered from now on is shown at each start.
    expect(again.said).toMatch(/your pages .*http:\/\/localhost:4321.*\(quay-sandbox;/);
    expect(again.said).toContain(
      'http://127.0.0.1:5173/thanks  (atlas-sandbox; payments without success_url come back to',
    );
    // The gateway that the killed one has left is ended: two would work on one database.
    await expect(fetch(`${dev.gateway_url}/health`)).rejects.toThrow();
    const later = await readDev(state);
    expect(later.site_url).not.toBe(dev.site_url);
    expect(later.apps[1]?.callback_urls).toEqual([
      `${later.site_url}/atlas/welcome`,
      `${later.site_url}/`,
      'http://127.0.0.1:5173/thanks',
    ]);
    expect(
      await callJson('GET', `${later.gateway_url}/admin/apps/quay-sandbox`, later.admin_token),
    ).toMatchObject({
      origins: [later.site_url, mine, page],
      callback_urls: [
        `${mine}/thanks`,
        `${later.site_url}/welcome`,
        `${later.site_url}/`,
        `${dev.site_url}/mine`,
        `${page}/`,
      ],
    });
    const heard = await callJson('GET', `${later.polar_url}/v1/webhooks/endpoints`, later.polar.access_token);
    expect(JSON.stringify(heard)).toContain(`"${mine}/hooks"`);
    expect(JSON.stringify(heard)).toContain(`"${later.gateway_url}/webhooks/polar"`);

    // Ctrl-C: ends well, and nothing of the claim is left.
    expect(await again.end('SIGINT')).toBe(0);
    expect(await readdir(state)).not.toContain('owner.json');
  },
);

test('a port of a stranger is told from one of Floe’s', async () => {
  const ports = await freePorts();
  const stranger = createServer().listen(Number(ports.FLOE_SITE_PORT), HOST);
  await once(stranger, 'listening');
  closing.push(async () => stranger.close());
  const state = await newFolder();
  const refused = await start(state, ports);
  expect(await refused.ended).toBe(1);
  // Its name and number where the system has lsof, ss or netstat.
  const { pid } = process;
  const named = `a program that is not Floe: .*, process ${pid}\\. It ends with: kill ${pid}\\n`;
  expect(refused.said).toMatch(
    new RegExp(
      `Port ${ports.FLOE_SITE_PORT} \\(the demo site\\) is in use by (?:${named}|.*does not name\\.\\n)`,
    ),
  );
  expect(refused.said).not.toContain(`Port ${ports.FLOE_PORT} (`);
  // The command as it was given, with another port for the one that is taken.
  expect(refused.said).toContain(
    `FLOE_PORT=${ports.FLOE_PORT} FLOE_SITE_PORT=${Number(ports.FLOE_SITE_PORT) + 100} FLOE_POLAR_PORT=${ports.FLOE_POLAR_PORT} npm start -- --state ${state}`,
  );
  expect(await readdir(state)).toEqual([]);
});

test('a state folder that cannot be written is named, with another to choose', async () => {
  const folder = await newFolder();
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  const refused = await start(path.join(file, 'state'), await freePorts());
  expect(await refused.ended).toBe(1);
  expect(refused.said).toContain(`${path.join(file, 'state')} cannot be written: part of its path is a file`);
  expect(refused.said).toMatch(/Name a folder of yours: npm start -- --state \/.*\.floe\n/);
});

test('what is wrong is named, all of it at once', async () => {
  const [state, ports] = [await newFolder(), await freePorts()];
  const said = async (settings: typeof ports) => {
    const refused = await start(state, settings);
    expect(await refused.ended).toBe(1);
    return refused.said;
  };
  const wrong = await said({ ...ports, FLOE_PORT: 'xx', FLOE_POLAR_PORT: '0' });
  expect(wrong).toContain('FLOE_PORT must be');
  expect(wrong).toContain('FLOE_POLAR_PORT must be');
  const options = await start(
    state,
    ports,
    '--origin',
    'localhost:4321',
    '--callback',
    'http://shop.example/',
  );
  expect(await options.ended).toBe(1);
  expect(options.said).toContain('--origin must be an origin such as http://localhost:4321');
  expect(options.said).toContain('--callback must use https unless it is on this machine');
  expect(await said({ ...ports, FLOE_POLAR_PORT: ports.FLOE_PORT })).toContain(
    `FLOE_PORT and FLOE_POLAR_PORT are both ${ports.FLOE_PORT}`,
  );
});
