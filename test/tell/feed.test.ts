import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, GATEWAY_URL, type TestApp, unique, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';
import { emptyBodies, type Feed, readFeed, tellMany } from './feed-calls.ts';

const DAY_MS = 24 * 60 * 60_000;
const SUCCEEDED = 'payment.succeeded';
const CREATED = 'grant.created';

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  app = await world.createApp({ product: unique('app'), webhook: false });
});

const numbers = ({ data }: Pick<Feed, 'data'>) => data.map(({ sequence }) => sequence);
/** The refusal once as many wait as may. */
const untilRefused = (of: TestApp) =>
  vi.waitUntil(
    async () => {
      const answer = await readFeed(of, 'after=0&wait=1');
      return answer.status === 429 ? answer : undefined;
    },
    { timeout: 20_000 },
  );

const repeat = (count: number, ...types: string[]) => Array.from({ length: count }, () => types).flat();

describe('the feed', () => {
  it('has an app’s events in order, also of an app without an endpoint, with the bodies that webhooks have', async () => {
    await tellMany(app, [SUCCEEDED, CREATED, 'payment.updated']);
    const { status, body, headers } = await readFeed(app, 'after=0');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(body).toEqual({
      data: expect.any(Array),
      next_cursor: null,
      next_after: 3,
      has_more: false,
      last_sequence: 3,
      deleted: [],
    });
    expect(numbers(body)).toEqual([1, 2, 3]);
    const { results } = await env.DB.prepare('select id, body from events where app_id = ? order by sequence')
      .bind(app.id)
      .all<{ id: string; body: string }>();
    expect(body.data.map((item) => [item.id, item.body])).toEqual(
      results.map((row) => [row.id, JSON.parse(row.body)]),
    );
    expect(body.data.map(({ body: told }) => told.data.sequence)).toEqual([1, 2, 3]);
  });

  it('goes on after a number, in pages', async () => {
    await tellMany(app, repeat(5, SUCCEEDED));
    const first = await readFeed(app, 'after=1&limit=2');
    expect([numbers(first.body), first.body.next_after, first.body.has_more]).toEqual([[2, 3], 3, true]);
    const second = await readFeed(app, 'after=3&limit=2');
    expect([numbers(second.body), second.body.next_after, second.body.has_more]).toEqual([[4, 5], 5, false]);
    const third = await readFeed(app, 'after=5');
    expect([numbers(third.body), third.body.next_after, third.body.has_more]).toEqual([[], 5, false]);
  });

  it('passes what a filter leaves out, so that it is looked at once', async () => {
    await tellMany(app, [CREATED, SUCCEEDED, 'refund.created', 'payment.failed', CREATED]);
    const filtered = await readFeed(app, 'after=0&types=payment.*,refund.created');
    expect([numbers(filtered.body), filtered.body.next_after]).toEqual([[2, 3, 4], 5]);
    const none = await readFeed(app, 'after=0&types=dispute.*');
    expect([numbers(none.body), none.body.next_after, none.body.has_more]).toEqual([[], 5, false]);
    const all = await readFeed(app, 'after=4&types=payment.*,*');
    expect(numbers(all.body)).toEqual([5]);
    const short = await readFeed(app, 'after=0&types=payment.*&limit=1');
    expect([numbers(short.body), short.body.next_after, short.body.has_more]).toEqual([[2], 3, true]);
  });

  it('looks at a thousand events for a rare type, and says where to go on', async () => {
    await tellMany(app, [...repeat(1_000, CREATED), SUCCEEDED]);
    const first = await readFeed(app, 'after=0&types=payment.*');
    expect([numbers(first.body), first.body.next_after, first.body.has_more]).toEqual([[], 1_000, true]);
    const second = await readFeed(app, 'after=1000&types=payment.*&wait=30');
    expect([numbers(second.body), second.body.next_after]).toEqual([[1_001], 1_001]);
  });

  it('has a million characters in a page at most, or one event', async () => {
    await tellMany(app, repeat(4, SUCCEEDED), { note: 'x'.repeat(400_000) });
    const first = await readFeed(app, 'after=0');
    expect([numbers(first.body), first.body.next_after, first.body.has_more]).toEqual([[1, 2], 2, true]);
    await tellMany(app, [SUCCEEDED], { note: 'x'.repeat(900_000) });
    expect(numbers((await readFeed(app, 'after=2')).body)).toEqual([3, 4]);
    expect(numbers((await readFeed(app, 'after=4')).body)).toEqual([5]);
  });

  it('shows an app nothing of another, in its own mode and the other', async () => {
    const product = unique('pair');
    const live = await world.createApp({ product, mode: 'live', webhook: false });
    const sandbox = await world.createApp({ product, webhook: false });
    await tellMany(live, repeat(2, SUCCEEDED));
    await tellMany(app, repeat(3, SUCCEEDED));
    const theirs = await readFeed(sandbox, 'after=0&wait=0');
    expect([numbers(theirs.body), theirs.body.last_sequence]).toEqual([[], 0]);
    const own = await readFeed(live, 'after=0');
    expect(own.body.data.map(({ body }) => body.data.app)).toEqual([live.slug, live.slug]);
  });

  it('has no samples, which are no events', async () => {
    const endpoint = await call<{ id: string }>('POST', '/v1/webhook-endpoints', {
      key: app.secretKey,
      body: { url: 'https://receiver.example-site.dev/hooks' },
    });
    await call('POST', `/v1/webhook-endpoints/${endpoint.body.id}/test`, { key: app.secretKey });
    expect((await readFeed(app, 'after=0')).body).toMatchObject({ data: [], last_sequence: 0 });
  });

  it('has what really happens, also of the list’s', async () => {
    const product = await world.createProduct({ name: `${app.slug.replace('-sandbox', '')}:lifetime` });
    await world.settle();
    const payment = await startPayment(app, product.id);
    const { body } = await readFeed(app, 'after=0&types=payment.*');
    expect(body.data.map(({ type }) => type)).toEqual(['payment.pending']);
    const list = await call<Feed>('GET', '/v1/events?type=payment.pending', { key: app.secretKey });
    expect(list.body.data).toEqual(body.data);
    expect(JSON.stringify(body.data)).toContain(payment.id);
  });

  it('needs a secret key', async () => {
    for (const [key, status] of [
      [undefined, 401],
      [app.publishableKey, 403],
    ] as const)
      expect((await call('GET', '/v1/events?after=0', key === undefined ? {} : { key })).status).toBe(status);
  });
});

describe('a question that is no question for the feed', () => {
  it.each([
    ['after=-1', ['query.after']],
    ['after=1.5', ['query.after']],
    ['after=01', ['query.after']],
    ['after=9007199254740993', ['query.after']],
    ['after=0&wait=31', ['query.wait']],
    ['after=0&wait=-1', ['query.wait']],
    ['after=0&types=payment.paid', ['query.types.0']],
    ['after=0&types=', ['query.types.0']],
    ['after=0&types=payment.*&types=*', ['query.types']],
    [
      `after=0&types=${repeat(51, 'payment.*')
        .map((_, at) => `polar.a${at}`)
        .join(',')}`,
      ['query.types'],
    ],
    ['wait=5&types=payment.*', ['query.wait', 'query.types']],
    ['after=0&cursor=x&type=payment.failed&payment=p', ['query.cursor', 'query.type', 'query.payment']],
    ['after=1', ['query.after']],
  ])('%s is refused', async (query, paths) => {
    const { status, body } = await readFeed(app, query);
    expect([status, body.code, body.errors?.map(({ path }) => path)]).toEqual([
      422,
      'validation_failed',
      paths,
    ]);
  });
});

describe('a request that waits', () => {
  it('is answered when there is an event that it wants', async () => {
    await tellMany(app, [CREATED]);
    const waiting = readFeed(app, 'after=1&wait=30&types=payment.*');
    await tellMany(app, repeat(3, CREATED));
    await scheduler.wait(300);
    await tellMany(app, [CREATED, SUCCEEDED, CREATED]);
    const { body } = await waiting;
    expect([numbers(body), body.next_after, body.has_more]).toEqual([[6], 7, false]);
  });

  it('is answered with nothing when its time is up, after what it passed', async () => {
    const waiting = readFeed(app, 'after=0&wait=2&types=payment.*');
    await scheduler.wait(200);
    await tellMany(app, repeat(2, CREATED));
    const { status, body } = await waiting;
    expect([status, numbers(body), body.next_after]).toEqual([200, [], 2]);
  });

  it('is refused beside twenty others of its app, which others’ do not count for', async () => {
    const other = await world.createApp({ product: unique('other'), webhook: false });
    const waits = Array.from({ length: 20 }, () => readFeed(app, 'after=0&wait=30'));
    const refused = await untilRefused(app);
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
      429,
      'rate_limited',
      '5',
    ]);
    expect((await readFeed(app, 'after=0')).status).toBe(200);
    expect((await readFeed(other, 'after=0&wait=1')).status).toBe(200);
    await tellMany(app, [SUCCEEDED]);
    for (const { body } of await Promise.all(waits)) expect(numbers(body)).toEqual([1]);
    expect((await readFeed(app, 'after=1&wait=1')).status).toBe(200);
  });
});

describe('requests that wait', () => {
  /** Counts the looks at the last number of an app, in D1. */
  function countLooks(): () => number {
    const prototype = Object.getPrototypeOf(env.DB) as D1Database;
    const prepare = vi.spyOn(prototype, 'prepare');
    return () =>
      prepare.mock.calls.filter(([query]) => query.startsWith('select coalesce(max(sequence), 0) as last'))
        .length;
  }
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('of one app look together, once a second', async () => {
    const looks = countLooks();
    const answers = await Promise.all(Array.from({ length: 15 }, () => readFeed(app, 'after=0&wait=2')));
    for (const { status, body } of answers) expect([status, numbers(body)]).toEqual([200, []]);
    // Alone each would look twice.
    expect(looks()).toBeLessThan(10);
    expect(looks()).toBeGreaterThan(0);
  });

  it('end when their callers hang up, who then may wait again', async () => {
    const hangUp = new AbortController();
    const waiting = Array.from({ length: 20 }, () =>
      exports.default
        .fetch(
          new Request(`${GATEWAY_URL}/v1/events?after=0&wait=30`, {
            headers: { authorization: `Bearer ${app.secretKey}` },
            signal: hangUp.signal,
          }),
        )
        .then(
          () => 'answered',
          () => 'cut',
        ),
    );
    await untilRefused(app);
    hangUp.abort();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['cut']));
    const looks = countLooks();
    await scheduler.wait(2_300);
    expect(looks()).toBe(0);
    expect((await readFeed(app, 'after=0&wait=1')).status).toBe(200);
  });
});

describe('events that were deleted', () => {
  it('are named when nobody paid what they were about', async () => {
    await tellMany(app, repeat(7, SUCCEEDED));
    await env.DB.prepare('delete from events where app_id = ? and sequence in (1, 2, 5)').bind(app.id).run();
    // The app's last one is emptied and stays, so that its number is not given again.
    await tellMany(app, [SUCCEEDED], { paymentId: 'pay_deleted' });
    await emptyBodies(app, 8, 8);
    const { body } = await readFeed(app, 'after=0');
    expect(numbers(body)).toEqual([3, 4, 6, 7]);
    expect(body.deleted).toEqual([
      { from: 1, to: 2 },
      { from: 5, to: 5 },
      { from: 8, to: 8 },
    ]);
    expect([body.next_after, body.has_more]).toEqual([8, false]);
    const page = await readFeed(app, 'after=2&limit=2');
    expect([numbers(page.body), page.body.deleted, page.body.next_after]).toEqual([
      [3, 4],
      [{ from: 5, to: 5 }],
      5,
    ]);
  });

  it('are refused when their age deleted them, with the number from which on all are there', async () => {
    const old = Date.now() - 91 * DAY_MS;
    await tellMany(app, repeat(40, SUCCEEDED), { at: old });
    await tellMany(app, [...repeat(5, CREATED), ...repeat(5, SUCCEEDED)]);
    await emptyBodies(app, 1, 40);
    const { status, body } = await readFeed(app, 'after=0&wait=30');
    expect([status, body.code, body.oldest_sequence]).toEqual([410, 'events_gone', 41]);
    expect(body.detail).toContain('after=40');
    expect(numbers((await readFeed(app, 'after=40')).body)).toEqual([41, 42, 43, 44, 45, 46, 47, 48, 49, 50]);
    // Of another type they are not missed.
    const others = await readFeed(app, 'after=0&types=grant.*');
    expect([others.status, numbers(others.body)]).toEqual([200, [41, 42, 43, 44, 45]]);
  });

  it('are refused also when events are to be kept for longer now than they were', async () => {
    const product = await world.createProduct({ name: `${app.slug.replace('-sandbox', '')}:lifetime` });
    await world.settle();
    // The payment is there still, so this one was paid or may be.
    await startPayment(app, product.id);
    await tellMany(app, repeat(8, SUCCEEDED), { at: Date.now() - 40 * DAY_MS });
    await tellMany(app, repeat(2, SUCCEEDED));
    await emptyBodies(app, 1, 9);
    for (const after of [0, 1, 5, 8]) {
      const { status, body } = await readFeed(app, `after=${after}`);
      expect([status, body.code, body.oldest_sequence]).toEqual([410, 'events_gone', 10]);
    }
    expect(numbers((await readFeed(app, 'after=9')).body)).toEqual([10, 11, 12]);
  });

  it('that are old and still there are told first', async () => {
    const old = Date.now() - 91 * DAY_MS;
    await tellMany(app, repeat(6, SUCCEEDED), { at: old });
    await emptyBodies(app, 3, 6);
    const first = await readFeed(app, 'after=0');
    expect([numbers(first.body), first.body.next_after, first.body.has_more]).toEqual([[1, 2], 2, true]);
    const second = await readFeed(app, 'after=2');
    // All are old: what comes next is number 7.
    expect([second.status, second.body.oldest_sequence]).toEqual([410, 7]);
    expect((await readFeed(app, 'after=6')).status).toBe(200);
  });
});
