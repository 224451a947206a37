import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { KINDS } from '../../../cli/local/live/happenings.ts';
import { HOST, reservePorts } from '../../../cli/local/ports.ts';
import { buy, readDev } from './buying.ts';

/* What npm start prints, as it runs. */

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
const TIMEOUT_MS = 120_000;
const FIELDS = [
  'id',
  'at',
  'kind',
  'what',
  'whom',
  'result',
  'ok',
  'duration_ms',
  'payload',
  'chain',
  'link',
];
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

/** Below what systems give to outgoing connections. */
async function freePorts(): Promise<Record<string, string>> {
  for (;;) {
    const first = randomInt(20_000, 30_000);
    const names = ['FLOE_PORT', 'FLOE_POLAR_PORT', 'FLOE_SITE_PORT'];
    const wanted = names.map((variable, index) => ({ port: first + index, what: '', variable }));
    const isFree = await reservePorts(wanted).then(
      () => true,
      () => false,
    );
    if (isFree) return Object.fromEntries(wanted.map(({ variable, port }) => [variable, String(port)]));
  }
}

async function start(...options: string[]) {
  const state = await mkdtemp(path.join(tmpdir(), 'floe-lines-'));
  closing.push(() => rm(state, { recursive: true, force: true }));
  const ports = await freePorts();
  const child = spawn(process.execPath, ['cli/start.ts', '--state', state, ...options], {
    cwd: ROOT,
    env: { ...process.env, ...ports, npm_lifecycle_event: undefined, VITEST: undefined },
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  closing.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  await vi.waitFor(() => expect(said.out).toContain('floe ready'), { timeout: 60_000, interval: 50 });
  const dev = await readDev(path.join(state, 'dev.json'));
  return {
    said,
    dev,
    stop: () => (child.kill('SIGINT'), ended),
    live: `http://${HOST}:${ports['FLOE_PORT']}/live`,
  };
}

/** Reads the stream from its begin until `isEnough`, and gives all of it. */
async function readStream(live: string, isEnough: (text: string) => boolean): Promise<string> {
  const abort = new AbortController();
  const response = await fetch(`${live}/events`, { signal: abort.signal });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (isEnough(text)) break;
  }
  abort.abort();
  return text;
}

const untilOpen = (live: string) => readStream(live, (text) => text.includes('"result":"open"'));

test(
  'with --json all of the output is JSON, a line for each happening',
  { timeout: TIMEOUT_MS },
  async () => {
    const { said, dev, stop, live } = await start('--json');
    await buy(dev, 'quay:lifetime', 'ada@floe-mail.dev');
    await vi.waitFor(() => expect(said.out).toContain('"result":"open"'), { timeout: 30_000, interval: 50 });
    expect(await stop()).toBe(0);
    const lines = said.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const line of lines) {
      expect(Object.keys(line).toSorted()).toEqual(FIELDS.toSorted());
      expect(KINDS).toContain(line['kind']);
    }
    expect(lines[0]).toMatchObject({
      kind: 'ready',
      payload: { live, gateway: dev.gateway_url, site: dev.site_url },
    });
    expect(new Set(lines.map(({ kind }) => kind))).toEqual(
      new Set(['ready', 'checkout', 'webhook', 'event', 'delivery', 'access']),
    );
    expect(said.out).not.toContain(dev.apps[0]?.secret_key);
    expect(said.err).toMatch(/^Starting …\n\nStopping …\n$/);
  },
);

test('at the first start the shop is told of each product at once', { timeout: TIMEOUT_MS }, async () => {
  const { live } = await start();
  const created = (text: string) =>
    text.split('\n').filter((line) => /"kind":"delivery","what":"polar\.product\.created"/.test(line));
  const text = await readStream(live, (each) => created(each).length === 4);
  expect(text).not.toMatch(/"kind":"delivery".*"ok":false/);
});

test('a line of text for each without it, and none with --quiet', { timeout: TIMEOUT_MS }, async () => {
  const [loud, quiet] = [await start(), await start('--quiet')];
  expect(loud.said.out).toContain(`live page   ${loud.live}`);
  const banner = quiet.said.out;
  for (const { dev, live } of [loud, quiet]) {
    await buy(dev, 'quay:lifetime', 'ada@floe-mail.dev');
    await untilOpen(live);
  }
  await vi.waitFor(() => expect(loud.said.out).toMatch(/access .* open .*\n/));
  expect(loud.said.out).toMatch(
    /\d\d:\d\d:\d\d {2}webhook {3}order\.paid +ada@floe-mail\.dev +applied +\d+ ms {2}http/,
  );
  expect(loud.said.out).not.toContain('\u001B');
  expect(quiet.said.out).toBe(banner);
  expect(quiet.said.err).toBe('');
});
