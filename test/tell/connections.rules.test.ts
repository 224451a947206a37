import { describe, expect, test } from 'vitest';
import { createConnections } from '../../src/tell/deliveries/connections.ts';

/* Who gets a connection when there are fewer than are wanted. */

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Sends that end when they are told to. */
function bench(limit = 6) {
  const connections = createConnections({ limit });
  const started: string[] = [];
  const open = new Map<string, () => void>();
  const send = (name: string, endpointId = name, appId = endpointId) =>
    connections.run({ appId, endpointId }, () => {
      started.push(name);
      return new Promise<void>((resolve) => open.set(name, resolve));
    });
  return { connections, started, send, end: (name: string) => open.get(name)?.() };
}

describe('connections', () => {
  test('are as many as the limit, and the next starts when one is free', async () => {
    const { started, send, end } = bench(2);
    for (const name of ['a', 'b', 'c']) void send(name);
    await settled();
    expect(started).toEqual(['a', 'b']);
    end('a');
    await settled();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  test('go to the app and the endpoint that have the fewest, whoever came first', async () => {
    const { started, send } = bench(4);
    for (const n of [1, 2, 3, 4, 5]) void send(`bad-${n}`, 'bad-endpoint', 'bad');
    void send('bad-other', 'bad-endpoint-2', 'bad');
    void send('good-1', 'good-endpoint', 'good');
    void send('good-2', 'good-endpoint', 'good');
    await settled();
    expect(started).toEqual(['bad-1', 'good-1', 'bad-other', 'good-2']);
  });

  test('are given to nobody while somebody is finding out what to send', async () => {
    const { connections, started, send } = bench(1);
    const isDecided = connections.awaitMore();
    const isDecidedToo = connections.awaitMore();
    void send('first');
    isDecided();
    isDecided();
    await settled();
    expect(started).toEqual([]);
    isDecidedToo();
    await settled();
    expect(started).toEqual(['first']);
  });

  test('are free again when a send fails', async () => {
    const { connections, started, send } = bench(1);
    await expect(
      connections.run({ appId: 'a', endpointId: 'e' }, () => Promise.reject(new Error('lost'))),
    ).rejects.toThrow('lost');
    void send('next');
    await settled();
    expect(started).toEqual(['next']);
  });
});
