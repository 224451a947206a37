import { describe, expect, test } from 'vitest';
import { TOKENS } from './example-gateway.ts';
import { createFeed, type Feed, listenOn } from './feed-server.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { runFloe, type RunOptions } from './harness.ts';

/** Where requests of the command go: to a gateway of which there is only the feed. */
const beside = (feed: Feed): RunOptions & { fetch: typeof fetch } => ({
  env: TOKENS,
  async fetch(input, init) {
    const request = new Request(input, init);
    const response = await feed.fetch(request);
    request.signal.throwIfAborted();
    return response;
  },
});

const tail = (feed: Feed, typed: string, options: RunOptions = {}) =>
  runFloe(['events', 'tail', ...typed.split(' ').filter(Boolean)], { ...beside(feed), ...options });

const sequencesOf = (stdout: string) =>
  [...stdout.matchAll(/^#(\d+)/gm)].map(([, sequence]) => Number(sequence));

const THREE = ['payment.pending', 'payment.succeeded', 'grant.created'];

describe('where it begins', () => {
  test('is the first event, an event that is named, or the one behind a number', async () => {
    const feed = createFeed();
    feed.tell([...THREE, ...THREE]);
    const shown = async (typed: string) => sequencesOf((await tail(feed, typed)).stdout);
    expect(await shown('--from start --limit 6')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await shown('--from 5 --limit 2')).toEqual([5, 6]);
    expect(await shown('--after 4 --limit 1')).toEqual([5]);
    expect(await shown('--from start --types payment.succeeded,grant.* --limit 4')).toEqual([2, 3, 5, 6]);
  });

  test('is what comes next, unless somebody says otherwise', async () => {
    const feed = createFeed();
    feed.tell(THREE);
    const ran = tail(feed, '--limit 1');
    // It has asked for the newest, and then for what comes behind it.
    await expect.poll(() => feed.asked.length).toBe(2);
    feed.tell(['refund.succeeded']);
    const { code, stdout, stderr } = await ran;
    expect([code, stdout]).toEqual([0, '#4      12:00:00  refund.succeeded          evt_4\n']);
    expect(stderr).toBe('Events behind number 3. Ctrl-C ends it.\n');
  });

  test('is no event that is not there yet, and not two places', async () => {
    const feed = createFeed();
    feed.tell(THREE);
    expect((await tail(feed, '--after 4')).code).toBe(2);
    expect((await tail(feed, '--from 9')).code).toBe(2);
    expect((await tail(feed, '--after 1 --from start')).code).toBe(2);
  });
});

test('with --json each line is what an endpoint gets', async () => {
  const feed = createFeed();
  feed.tell(THREE);
  const { stdout } = await tail(feed, '--from start --limit 2 --json');
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { type: 'payment.pending', timestamp: '2027-06-15T12:00:00.000Z', data: { id: 'evt_1', sequence: 1 } },
    { type: 'payment.succeeded', data: { id: 'evt_2', sequence: 2 } },
  ]);
});

test('Ctrl-C ends it with 0, and nothing that was read is lost', async () => {
  const feed = createFeed();
  feed.tell(THREE);
  const interrupt = new AbortController();
  const ran = tail(feed, '--from start', { signal: interrupt.signal });
  await expect.poll(() => feed.asked.length).toBe(2);
  interrupt.abort();
  // What waits at the gateway is answered.
  feed.tell(['payment.failed']);
  const { code, stdout, stderr } = await ran;
  expect([code, sequencesOf(stdout), stderr]).toEqual([0, [1, 2, 3], expect.not.stringContaining('error')]);
});

test('events are printed once and in order while connections break', async () => {
  const feed = createFeed();
  const { port } = await listenOn(feed.fetch);
  const proxy = await startCuttingProxy(port);
  const env = { ...TOKENS, FLOE_GATEWAY: proxy.url };
  const ran = runFloe(['events', 'tail', '--from', 'start', '--limit', '60'], { env, fetch });
  for (let round = 1; round <= 20; round++) {
    if (round % 2 === 0) proxy.cutNext();
    const asked = feed.asked.length;
    feed.tell(THREE);
    await expect.poll(() => feed.asked.length).toBeGreaterThan(asked);
  }
  const { code, stdout } = await ran;
  expect([code, sequencesOf(stdout)]).toEqual([0, Array.from({ length: 60 }, (_, i) => i + 1)]);
  expect(proxy.cuts()).toBe(10);
});

test('events that are deleted because of their age are said', async () => {
  const feed = createFeed();
  feed.tell([...THREE, ...THREE]);
  feed.deleteBefore(4);
  const all = await tail(feed, '--from start --limit 3');
  expect([sequencesOf(all.stdout), all.stderr]).toEqual([
    [4, 5, 6],
    expect.stringContaining('Left out, for they are deleted: events 1 to 3.'),
  ]);
  const behind = await tail(feed, '--after 1');
  expect([behind.code, behind.stderr]).toEqual([1, expect.stringContaining('(events_gone)')]);
});
