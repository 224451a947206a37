import { describe, expect, test } from 'vitest';
import { createClient } from '../../packages/kit/client.ts';
import { type FeedOptions, readEvents, readEventsBy } from '../../packages/kit/feed.ts';
import { FloeError } from '../../packages/kit/problem.ts';

/* The reader of the feed, against a gateway that does what it is told. test/tell/feed-reader.test.ts has it against the real one. */

const GATEWAY = 'https://floe.example.com';
type Answer = Response | Error | ((request: Request) => Response | Promise<Response>);

const item = (sequence: number) => ({
  id: `evt_${sequence}`,
  sequence,
  body: { type: 'payment.succeeded', timestamp: '', data: { id: `evt_${sequence}`, sequence } },
});
const page = (numbers: number[], nextAfter = numbers.at(-1) ?? 0, more: object = {}) =>
  Response.json({
    data: numbers.map(item),
    next_cursor: null,
    next_after: nextAfter,
    has_more: false,
    last_sequence: nextAfter,
    deleted: [],
    ...more,
  });
const PROBLEM = { 'content-type': 'application/problem+json' };
const problem = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}) =>
  Response.json({ status, code, title: code, ...more }, { status, headers: { ...PROBLEM, ...headers } });

/** A reader of a gateway that answers one after the other; then the reading is ended. */
function open(answers: Answer[], options: FeedOptions = {}) {
  const asked: string[] = [];
  const slept: number[] = [];
  const stop = new AbortController();
  const client = createClient({
    gateway: GATEWAY,
    key: 'floe_sk_x',
    retries: 0,
    fetch: async (url, init) => {
      const request = new Request(url, init);
      const { pathname, searchParams } = new URL(request.url);
      const what = request.body ? await request.text() : (searchParams.get('after') ?? '');
      asked.push(`${request.method} ${pathname} ${what}`.trim());
      const next = answers.shift();
      if (next === undefined) {
        stop.abort();
        throw new TypeError('nobody is there');
      }
      if (next instanceof Error) throw next;
      return next instanceof Response ? next : next(request);
    },
  });
  const reader = readEventsBy(client, { signal: stop.signal, ...options }, (ms) => {
    slept.push(ms);
    return Promise.resolve();
  });
  return { reader, asked, slept, stop };
}

async function numbersOf(reader: AsyncIterable<{ data: { sequence: number } }>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { data } of reader) numbers.push(data.sequence);
  return numbers;
}

describe('reading', () => {
  test('goes on where a page ends, and ends when the signal aborts', async () => {
    const { reader, asked } = open([page([1, 2]), page([], 5), page([6])]);
    expect(await numbersOf(reader)).toEqual([1, 2, 6]);
    expect(reader.after).toBe(6);
    expect(asked).toEqual([0, 2, 5, 6].map((after) => `GET /v1/events ${after}`));
  });

  test('begins after a number, or with what is told from now on', async () => {
    expect((await startOf({ after: 7 }))[0]).toBe('GET /v1/events 7');
    const latest = open([Response.json({ data: [item(31)], next_cursor: null }), page([32])], {
      after: 'latest',
    });
    expect(await numbersOf(latest.reader)).toEqual([32]);
    expect(latest.asked[1]).toBe('GET /v1/events 31');
    const fresh = open([Response.json({ data: [], next_cursor: null })], { after: 'latest' });
    await numbersOf(fresh.reader);
    expect(fresh.asked[1]).toBe('GET /v1/events 0');
  });

  test('asks for its types, and waits as long as it is told', async () => {
    const urls: string[] = [];
    const keep = (request: Request) => {
      urls.push(request.url);
      return page([1]);
    };
    const { reader } = open([keep], { types: ['payment.*', 'refund.created'], wait: 3 });
    await numbersOf(reader);
    expect(urls).toEqual([`${GATEWAY}/v1/events?after=0&wait=3&limit=100&types=payment.*%2Crefund.created`]);
  });

  test('without waiting ends when there is no more', async () => {
    const { reader, asked } = open([page([1], 1, { has_more: true }), page([2])], { wait: 0 });
    expect(await numbersOf(reader)).toEqual([1, 2]);
    expect(asked).toHaveLength(2);
  });

  test('leaves the loop where its user does', async () => {
    const { reader } = open([page([1, 2, 3])]);
    for await (const { data } of reader) if (data.sequence === 2) break;
    expect(reader.after).toBe(1);
  });

  async function startOf(options: FeedOptions) {
    const { reader, asked } = open([], options);
    await numbersOf(reader);
    return asked;
  }
});

describe('what passes', () => {
  test.each<[string, Answer]>([
    ['a connection that is cut', new TypeError('terminated')],
    ['half an answer', () => new Response('{"data":[{"id":"evt_3","sequence":3,"bo')],
    ['a body that breaks off', () => new Response(brokenBody())],
    [
      'a page of somebody in between',
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    ],
    ['another JSON than asked for', () => Response.json({ hello: true })],
    ['a page that repeats', () => page([2, 3])],
    ['a page that goes back', () => page([3, 3], 3)],
    ['a page that ends before it begins', () => page([], 1)],
    ['half a refusal', () => new Response('{"code":"unautho', { status: 401, headers: PROBLEM })],
    ['a refusal that breaks off', () => new Response(brokenBody(), { status: 403, headers: PROBLEM })],
    ['an answer 500', () => problem(500, 'internal_error')],
    ['a gateway that is away', () => problem(503, 'unavailable')],
  ])('is tried again from the same place: %s', async (_, answer) => {
    const { reader, asked, slept } = open([page([1, 2]), answer, page([3])]);
    expect(await numbersOf(reader)).toEqual([1, 2, 3]);
    expect(asked.slice(1, 3)).toEqual(['GET /v1/events 2', 'GET /v1/events 2']);
    expect(slept).toHaveLength(1);
  });

  test('waits longer each time, half a minute at most, and then anew', async () => {
    const cut = () => new TypeError('cut');
    const { reader, slept } = open([...Array.from({ length: 9 }, cut), page([1]), cut(), page([2])]);
    expect(await numbersOf(reader)).toEqual([1, 2]);
    const bounds = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 500];
    for (const [index, most] of bounds.entries()) {
      expect(slept[index]).toBeGreaterThanOrEqual(most / 2);
      expect(slept[index]).toBeLessThanOrEqual(most);
    }
  });

  test('waits as long as the gateway asks, and says so', async () => {
    const told: [string, number][] = [];
    const { reader, slept } = open([problem(429, 'rate_limited', {}, { 'retry-after': '40' }), page([1])], {
      onRetry: (error, ms) => told.push([error.code, ms]),
    });
    expect(await numbersOf(reader)).toEqual([1]);
    expect(slept).toEqual([40_000]);
    expect(told).toEqual([['rate_limited', 40_000]]);
  });
});

describe('what does not pass', () => {
  test.each<[number, string]>([
    [401, 'unauthorized'],
    [403, 'forbidden_key'],
    [422, 'validation_failed'],
    [410, 'events_gone'],
  ])('%s %s ends the reading', async (status, code) => {
    const { reader, asked } = open([problem(status, code, { oldest_sequence: 9 })]);
    const error: unknown = await numbersOf(reader).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FloeError);
    expect([Object(error).code, Object(error).members.oldest_sequence, asked.length]).toEqual([code, 9, 1]);
  });

  test('what is gone may be skipped, and is told', async () => {
    const deleted: object[] = [];
    const { reader } = open(
      [
        problem(410, 'events_gone', { oldest_sequence: 9 }),
        page([9, 12], 12, { deleted: [{ from: 10, to: 11 }] }),
      ],
      { skipGone: true, onDeleted: (ranges) => deleted.push(...ranges) },
    );
    expect(await numbersOf(reader)).toEqual([9, 12]);
    expect(deleted).toEqual([
      { from: 1, to: 8 },
      { from: 10, to: 11 },
    ]);
  });

  test('a missing key is a mistake of whoever calls', () => {
    expect(() => readEvents({ gateway: GATEWAY, key: '' })).toThrow(TypeError);
  });
});

describe('a cursor', () => {
  const at = (sequence: number) =>
    Response.json({ name: 'orders', sequence, created_at: '', updated_at: '' });
  const none = () => problem(404, 'not_found');
  const put = (sequence: number, expected: number | null) =>
    `PUT /v1/cursors/orders ${JSON.stringify({ sequence, expected })}`;

  test('is where the reading begins, and is moved after each page', async () => {
    const { reader, asked } = open([at(5), page([6, 7]), at(7), page([], 9), at(9)], { cursor: 'orders' });
    expect(await numbersOf(reader)).toEqual([6, 7]);
    expect(asked.slice(0, 5)).toEqual([
      'GET /v1/cursors/orders',
      'GET /v1/events 5',
      put(7, 5),
      'GET /v1/events 7',
      put(9, 7),
    ]);
  });

  test('is made when there is none', async () => {
    const { reader, asked } = open([none(), page([4]), at(4)], { cursor: 'orders', after: 3 });
    await numbersOf(reader);
    expect(asked.slice(1, 3)).toEqual(['GET /v1/events 3', put(4, null)]);
  });

  test('that another has moved is followed', async () => {
    const { reader, asked } = open(
      [at(5), page([6, 7]), problem(409, 'cursor_moved', { sequence: 20 }), page([21]), at(21)],
      { cursor: 'orders' },
    );
    expect(await numbersOf(reader)).toEqual([6, 7, 21]);
    expect(asked.slice(3, 5)).toEqual(['GET /v1/events 20', put(21, 20)]);
  });

  test('that was deleted ends the reading', async () => {
    const { reader } = open([at(5), page([6]), problem(409, 'cursor_moved', { sequence: null })], {
      cursor: 'orders',
    });
    await expect(numbersOf(reader)).rejects.toMatchObject({ code: 'cursor_moved' });
  });

  test('whose move was cut off is moved again', async () => {
    const { reader, asked } = open([at(5), page([6]), new TypeError('cut'), at(6)], { cursor: 'orders' });
    expect(await numbersOf(reader)).toEqual([6]);
    expect(asked.slice(2, 4)).toEqual([put(6, 5), put(6, 5)]);
  });

  test('is left before the event at which the loop is left', async () => {
    const { reader, asked } = open([at(5), page([6, 7, 8]), at(6)], { cursor: 'orders' });
    for await (const { data } of reader) if (data.sequence === 7) break;
    expect(asked.at(-1)).toBe(put(6, 5));
  });

  test('is not moved before anything is known of it', async () => {
    const { reader, asked, stop } = open([new TypeError('cut')], { cursor: 'orders' });
    stop.abort();
    expect(await numbersOf(reader)).toEqual([]);
    expect(asked).toEqual([]);
  });
});

function brokenBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"data":['));
      controller.error(new TypeError('terminated'));
    },
  });
}
