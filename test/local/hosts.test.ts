import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startSite } from '../../examples/site/server.ts';
import { startSimulatorServer } from '../../packages/polar-simulator/server.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function site(hosts: string[] = []): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-hosts-'));
  closing.push(() => rm(folder, { recursive: true }));
  const mailFile = path.join(folder, 'mail.jsonl');
  const mail = { at: '2026-01-01T00:00:00Z', to: 'ada@floe-mail.dev', subject: 'Code', text: '123456' };
  await writeFile(mailFile, `${JSON.stringify(mail)}\n`);
  const keys = { secretKey: '', publishableKey: '', webhookSecret: '' };
  const running = await startSite({
    port: 0,
    hostname: '127.0.0.1',
    hosts,
    gatewayUrl: 'http://127.0.0.1:1',
    tenants: { quay: keys, atlas: keys },
    mailFile,
  });
  closing.push(() => running.close());
  return running.url;
}

async function polar(hosts: string[] = []): Promise<string> {
  const running = await startSimulatorServer({ port: 0, hosts });
  closing.push(() => running.close());
  return running.url;
}

/** `fetch` sets the Host by itself. */
function ask(url: string, host: string | null): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: host === null ? {} : { host }, setHost: false }, (response) => {
      response
        .toArray()
        .then((parts) => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }))
        .catch(reject);
    });
    sent.on('error', reject).end();
  });
}

describe.each([
  ['the mail box as a page', site, '/mail'],
  ['the mail box as data', site, '/mail.json'],
  ['the demo site', site, '/'],
  ['a file of the demo site', site, '/assets/shelf.js'],
  ['the simulated Polar’s control page', polar, '/_sim'],
  ['the simulated Polar’s books', polar, '/_sim/books'],
  ['the simulated Polar’s API', polar, '/v1/products/'],
] as const)('%s', (_, start, where) => {
  test('answers for this machine’s own names with its port', async () => {
    const url = await start();
    const { port } = new URL(url);
    for (const name of ['127.0.0.1', 'localhost', '[::1]', 'LocalHost']) {
      expect((await ask(url + where, `${name}:${port}`)).status, name).not.toBe(421);
    }
  });

  test('answers 421 in plain words for every other name', async () => {
    const url = await start();
    const { port } = new URL(url);
    const others = [
      'rebound.example',
      `rebound.example:${port}`,
      'localhost',
      'localhost:1',
      `localhost.example:${port}`,
    ];
    for (const host of [...others, `127.0.0.1.example:${port}`, `127.0.0.1:${port}@x`]) {
      const { status, text } = await ask(url + where, host);
      // Node itself refuses what is no host at all.
      expect(status === 421 || status === 400, host).toBe(true);
      expect(text).not.toContain('123456');
      if (status === 421)
        expect(text).toMatch(/^This (demo site|simulated Polar) answers for .+ and for no other name/);
    }
    expect((await ask(url + where, `rebound.example:${port}`)).status).toBe(421);
  });

  test('answers for a name that was added', async () => {
    const url = await start(['floe.test']);
    const { port } = new URL(url);
    expect((await ask(url + where, `floe.test:${port}`)).status).not.toBe(421);
    expect((await ask(url + where, 'floe.test')).status).not.toBe(421);
    expect((await ask(url + where, `x.floe.test:${port}`)).status).toBe(421);
  });
});
