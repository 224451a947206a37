import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { withLease } from '../../../packages/floe/catalog/push/lease.ts';
import type { Context } from '../../../packages/floe/context.ts';
import type { PolarApi } from '../../../packages/floe/polar/api.ts';
import { createProcesses } from '../../../packages/floe/processes.ts';
import { NOW } from '../harness.ts';
import { CONFIG, openShop, TIDES } from './shop.ts';

const FILES = { 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES };
const KILLED = { machine: 'this one', process: '4711 88' };

/** A Polar at which a push of `metadata` was under way when it was killed. */
async function shopWithLease(metadata: object) {
  const quay = await openShop(FILES);
  const lease = { type: 'text', slug: 'floe-push-quay', name: 'A push', properties: {} };
  await quay.post('custom-fields', { ...lease, metadata: { holder: 'somebody', beat: 3, ...metadata } });
  let waited = 0;
  const sleep = (ms: number) => {
    waited += ms;
    return Promise.resolve();
  };
  const processes = {
    own: () => Promise.resolve({ machine: 'this one', process: '4712 90' }),
    hasEnded: ({ machine, process }: typeof KILLED) =>
      Promise.resolve(machine === 'this one' && process === '4711 88'),
  };
  const push = () => quay.run('push', { sleep, processes });
  return { quay, push, waited: () => waited };
}

test('a push of this machine that was killed holds nobody up', async () => {
  const { quay, push, waited } = await shopWithLease(KILLED);
  expect(await push()).toMatchObject({ code: 0, stderr: expect.stringContaining('was killed') });
  expect(waited()).toBe(0);
  expect(await quay.list('custom-fields')).toEqual([]);
});

test('one of elsewhere is taken over when it has looked the same for two minutes', async () => {
  const { push, waited } = await shopWithLease({ ...KILLED, machine: 'another one' });
  expect(await push()).toMatchObject({ code: 0, stderr: expect.stringContaining('Waiting for it.') });
  expect(waited()).toBe(120_000);
});

test('a clock that is set back beats the lease all the same', async () => {
  const asked: string[] = [];
  let now = NOW;
  const context = {
    now: () => now,
    processes: { own: () => Promise.resolve(undefined) },
  } as unknown as Context;
  const polar: PolarApi = {
    address: 'http://polar.example-site.dev',
    tokenFrom: 'POLAR_SANDBOX_ACCESS_TOKEN',
    mode: 'sandbox',
    call: (method) => {
      asked.push(method);
      return Promise.resolve({ status: method === 'POST' ? 201 : 200, body: { id: 'field' } });
    },
  };
  await withLease(context, polar, 'quay', async (lease) => {
    now += 5_000;
    await lease.keep();
    now -= 3_600_000;
    await lease.keep();
    await lease.keep();
  });
  expect(asked).toEqual(['POST', 'PATCH', 'DELETE']);
});

test('Ctrl-C gives the lease back', async () => {
  const quay = await openShop(FILES);
  const interrupt = new AbortController();
  quay.holdWrites((path) => {
    if (path === '/v1/benefits/') interrupt.abort();
    return Promise.resolve();
  });
  expect(await quay.run('push', { signal: interrupt.signal })).toMatchObject({ code: 130 });
  expect(await quay.list('custom-fields')).toEqual([]);
});

test.runIf(process.platform === 'linux')('a process is known again, until it has ended', async () => {
  const child = spawn('sleep', ['60']);
  const processes = createProcesses(child.pid ?? 0);
  const named = await processes.own();
  if (!named) throw new Error('This system does not tell processes apart.');
  expect(await processes.hasEnded(named)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await processes.hasEnded(named)).toBe(true);
  // Another process with its number, and one of another machine.
  const self = await createProcesses(process.pid).own();
  expect(await processes.hasEnded({ ...named, process: self?.process.replace(/ .*/, ' 1') ?? '' })).toBe(
    true,
  );
  expect(await processes.hasEnded({ ...named, machine: 'another one' })).toBe(false);
});
