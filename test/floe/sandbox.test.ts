import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStack } from '../../cli/local/stack.ts';
import { LIVES } from '../../packages/floe/commands/trigger/lives.rules.ts';
import { listenOn } from './feed-server.ts';
import { emptyFolder, runFloe, type RunOptions } from './harness.ts';

/* Commands that buy, beside a gateway and a simulated Polar as `npm start` runs them. */

let folder: string;
let stack: Awaited<ReturnType<typeof startStack>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-cli-stack-'));
  stack = await startStack({
    gatewayPort: 0,
    polarPort: 0,
    sitePort: 0,
    stateDir: path.join(folder, '.floe'),
  });
}, 300_000);
afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

/** What only CI does, for it takes long: the others are lived in the same way. */
const TYPES =
  process.env['FLOE_CI'] === '1'
    ? Object.keys(LIVES)
    : [
        'payment.succeeded',
        'payment.failed',
        'payment.expired',
        'refund.succeeded',
        'subscription.renewed',
        'grant.revoked',
      ];

const run = (args: readonly string[], options: RunOptions = {}) =>
  runFloe([...args, '--app', 'quay-sandbox'], {
    cwd: folder,
    configDir: path.join(folder, 'config'),
    fetch: globalThis.fetch,
    ...options,
  });

/** The key of quay-sandbox. */
async function readKey(): Promise<string> {
  const { apps } = JSON.parse(await readFile(stack.devFile, 'utf8')) as {
    apps: { slug: string; secret_key: string }[];
  };
  return apps.find(({ slug }) => slug === 'quay-sandbox')?.secret_key ?? '';
}

test.concurrent.for(TYPES)('%s is lived, and has come out', async (type) => {
  const { code, stdout, stderr } = await run(['trigger', type, '--json']);
  expect(code, stderr).toBe(0);
  const said = JSON.parse(stdout) as { event: string; payment: string };
  expect(said).toMatchObject({ type, event: expect.stringMatching(/^evt_/) });
  const authorization = `Bearer ${await readKey()}`;
  const event = await fetch(`${stack.urls.gateway}/v1/events/${said.event}`, { headers: { authorization } });
  expect(await event.json()).toMatchObject({ id: said.event, type });
});

test('a product that is named is bought, by who is named', async () => {
  const { stdout } = await run([
    'trigger',
    'payment.pending',
    '--product',
    'quay:yearly',
    '--email',
    'ada@floe-mail.dev',
    '--json',
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ product: 'quay:yearly', email: 'ada@floe-mail.dev' });
  const unknown = await run(['trigger', 'payment.pending', '--product', 'quay:nope']);
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    expect.stringContaining('quay:lifetime, quay:monthly, quay:tides, quay:yearly'),
  ]);
  const once = await run(['trigger', 'subscription.renewed', '--product', 'quay:lifetime']);
  expect([once.code, once.stderr]).toEqual([1, expect.stringContaining('it must be a subscription')]);
});

describe('smoke', () => {
  interface Row {
    product: string;
    ok: boolean;
    amount: number | null;
    why: string | null;
    payment: string | null;
  }
  const smoke = async (args: readonly string[] = [], options: RunOptions = {}) => {
    const ran = await run(['smoke', '--json', ...args], options);
    const rows = ran.stdout === '' ? [] : (JSON.parse(ran.stdout) as { data: Row[] }).data;
    return { ...ran, rows, results: rows.map(({ product, ok, amount }) => `${product} ${amount} ${ok}`) };
  };

  test('finds every product as it is listed, and says what stays', async () => {
    const { code, results, stderr } = await smoke();
    expect([code, results]).toEqual([
      0,
      ['quay:lifetime 900 true', 'quay:monthly 500 true', 'quay:tides 1900 true', 'quay:yearly 4800 true'],
    ]);
    expect(stderr).toContain('4 checkouts stay open that nobody pays');
  });

  test('names the product whose price is another one, and ends with 1', async () => {
    const { code, rows, stderr } = await smoke([
      '--product',
      'quay:monthly=500usd',
      '--product',
      'quay:yearly=4900usd',
    ]);
    expect(code).toBe(1);
    expect(rows.map(({ why }) => why)).toEqual([null, 'Polar asks for 4800usd, not 4900usd.']);
    expect(stderr).toContain('quay:yearly: not as expected.');
    expect((await smoke(['--product', 'quay:monthly=500eur'])).code).toBe(1);
  });

  test('finds what the gateway lists and Polar does not ask for', async () => {
    const { code, rows } = await smoke([], {
      async fetch(input, init) {
        const request = new Request(input, init);
        const response = await fetch(request);
        if (!request.url.endsWith('/v1/products')) return response;
        return new Response(
          (await response.text()).replace('"price_amount":900', '"price_amount":901'),
          response,
        );
      },
    });
    expect(code).toBe(1);
    expect(rows.filter(({ ok }) => !ok)).toMatchObject([
      { product: 'quay:lifetime', why: 'Polar asks for 900usd, not 901usd.' },
    ]);
  });

  test('finds a product that cannot be bought', async () => {
    const { code, rows } = await smoke([], {
      async fetch(input, init) {
        const request = new Request(input, init);
        if (request.method !== 'POST') return fetch(request);
        const problem = { status: 503, code: 'polar_unavailable', detail: 'Polar does not answer.' };
        return Response.json(problem, {
          status: 422,
          headers: { 'content-type': 'application/problem+json' },
        });
      },
    });
    expect([code, rows.map(({ why, payment }) => [why, payment])]).toEqual([
      1,
      Array.from({ length: 4 }, () => ['Polar does not answer.', null]),
    ]);
  });

  test('takes prices of a file', async () => {
    const cwd = await emptyFolder();
    const env = {
      FLOE_GATEWAY: stack.urls.gateway,
      FLOE_APP: 'quay-sandbox',
      FLOE_SECRET_KEY: await readKey(),
    };
    await writeFile(path.join(cwd, 'prices.json'), '{"quay:monthly": "500usd", "quay:lifetime": "1usd"}');
    const { code, results } = await smoke(['--file', 'prices.json'], { cwd, env });
    expect([code, results]).toEqual([1, ['quay:monthly 500 true', 'quay:lifetime 900 false']]);
    await writeFile(path.join(cwd, 'prices.json'), '{"quay:monthly": "five dollars"}');
    expect((await smoke(['--file', 'prices.json'], { cwd, env })).code).toBe(2);
    await writeFile(path.join(cwd, 'prices.json'), '[]');
    expect((await smoke(['--file', 'prices.json'], { cwd, env })).code).toBe(2);
    expect((await smoke(['--file', 'nope.json'], { cwd, env })).code).toBe(2);
    expect((await smoke(['--product', 'atlas:pro'], { cwd, env })).code).toBe(1);
  });
});

test('listen and trigger together: what is bought comes to the server of this machine', async () => {
  const interrupt = new AbortController();
  const received: string[] = [];
  const { url } = await listenOn(async (request) => {
    const { type } = (await request.json()) as { type: string };
    received.push(type);
    if (type === 'payment.succeeded') interrupt.abort();
    return new Response();
  });
  const isListening = Promise.withResolvers<void>();
  const listening = run(['listen', '--forward-to', url, '--types', 'payment.*', '--from', 'now'], {
    signal: interrupt.signal,
    fetch(input, init) {
      // It knows its place when it waits for what comes behind it.
      if (/[?&]wait=[1-9]/.test(new Request(input).url)) isListening.resolve();
      return fetch(input, init);
    },
  });
  await isListening.promise;
  const { code } = await run(['trigger', 'payment.succeeded']);
  expect([code, (await listening).code]).toEqual([0, 0]);
  expect(received.slice(0, 2)).toEqual(['payment.pending', 'payment.succeeded']);
});
