import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call, createWorld, type TestApp, unique, type World } from '../harness/harness.ts';
import { type CursorView, type FeedRefusal, keep, tellMany } from './feed-calls.ts';

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  app = await world.createApp({ product: unique('app'), webhook: false });
  await tellMany(
    app,
    Array.from({ length: 50 }, () => 'payment.succeeded'),
  );
});

const read = (name: string, of = app) =>
  call<CursorView & FeedRefusal>('GET', `/v1/cursors/${name}`, { key: of.secretKey });
const remove = (name: string, of = app) => call('DELETE', `/v1/cursors/${name}`, { key: of.secretKey });
const list = (query = '', of = app) =>
  call<{ data: CursorView[]; next_cursor: string | null }>('GET', `/v1/cursors${query}`, {
    key: of.secretKey,
  });

describe('a cursor', () => {
  it('is made, read, moved forward, listed and deleted', async () => {
    expect((await read('orders')).body).toMatchObject({ code: 'not_found' });
    const made = await keep(app, 'orders', { sequence: 0, expected: null });
    expect([made.status, made.body]).toEqual([
      200,
      { name: 'orders', sequence: 0, created_at: expect.any(String), updated_at: expect.any(String) },
    ]);
    const moved = await keep(app, 'orders', { sequence: 12, expected: 0 });
    expect([moved.status, moved.body.sequence]).toEqual([200, 12]);
    expect((await read('orders')).body).toEqual(moved.body);
    await keep(app, 'mails', { sequence: 3 });
    await keep(app, 'x.1_b-c', { sequence: 4 });
    const all = await list();
    expect(all.body.data.map(({ name, sequence }) => [name, sequence])).toEqual([
      ['mails', 3],
      ['orders', 12],
      ['x.1_b-c', 4],
    ]);
    expect(all.body.next_cursor).toBeNull();
    const first = await list('?limit=2');
    const second = await list(`?limit=2&cursor=${first.body.next_cursor}`);
    expect([...first.body.data, ...second.body.data]).toEqual(all.body.data);
    expect((await remove('mails')).status).toBe(204);
    expect((await remove('mails')).body).toMatchObject({ code: 'not_found' });
    expect((await read('mails')).status).toBe(404);
  });

  it('moves from the place that was read, and the one who comes too late is told where it is', async () => {
    await keep(app, 'orders', { sequence: 10 });
    expect((await keep(app, 'orders', { sequence: 20, expected: 10 })).status).toBe(200);
    const late = await keep(app, 'orders', { sequence: 30, expected: 10 });
    expect([late.status, late.body.code, late.body.sequence]).toEqual([409, 'cursor_moved', 20]);
    const second = await keep(app, 'orders', { sequence: 30, expected: null });
    expect([second.status, second.body.sequence]).toEqual([409, 20]);
    expect((await keep(app, 'orders', { sequence: 20, expected: 20 })).status).toBe(200);
    expect((await read('orders')).body.sequence).toBe(20);
  });

  it('of many who move it from one place, one does', async () => {
    await keep(app, 'orders', { sequence: 10 });
    const moves = await Promise.all(
      [11, 12, 13, 14, 15, 16].map((sequence) => keep(app, 'orders', { sequence, expected: 10 })),
    );
    const won = moves.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    const place = won[0]?.body.sequence;
    expect((await read('orders')).body.sequence).toBe(place);
    for (const { status, body } of moves)
      if (status !== 200) expect([status, body.sequence]).toEqual([409, place]);
    const made = await Promise.all(
      [1, 2, 3].map((sequence) => keep(app, 'fresh', { sequence, expected: null })),
    );
    expect(made.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('never moves back, unless it is deleted first', async () => {
    await keep(app, 'orders', { sequence: 30 });
    for (const body of [{ sequence: 29 }, { sequence: 5, expected: 30 }]) {
      const back = await keep(app, 'orders', body);
      expect([back.status, back.body.code, back.body.sequence]).toEqual([409, 'cursor_moved', 30]);
      expect(back.body.detail).toContain('delete it first');
    }
    expect((await keep(app, 'orders', { sequence: 30 })).status).toBe(200);
    await remove('orders');
    // Who still works from the old place is refused, and learns that it is gone.
    const gone = await keep(app, 'orders', { sequence: 40, expected: 30 });
    expect([gone.status, gone.body.sequence]).toEqual([409, null]);
    expect((await keep(app, 'orders', { sequence: 5, expected: null })).status).toBe(200);
    expect((await keep(app, 'orders', { sequence: 40, expected: 30 })).body.sequence).toBe(5);
  });

  it('is not beyond the app’s last event', async () => {
    const beyond = await keep(app, 'orders', { sequence: 51 });
    expect([beyond.status, beyond.body.errors?.[0]?.path]).toEqual([422, 'body.sequence']);
    expect((await read('orders')).status).toBe(404);
    await keep(app, 'orders', { sequence: 50 });
    expect((await keep(app, 'orders', { sequence: 51, expected: 50 })).status).toBe(422);
  });

  it('has a plain name', async () => {
    for (const name of ['Orders', '-a', '.a', 'a b', 'ä', 'a%2Fb', 'x'.repeat(65)]) {
      const { status } = await keep(app, encodeURIComponent(name), { sequence: 1 });
      expect([name, status]).toEqual([name, 422]);
    }
    expect((await keep(app, 'x'.repeat(64), { sequence: 1 })).status).toBe(200);
  });

  it('is one of a hundred at most', async () => {
    for (let at = 0; at < 100; at++) await keep(app, `c${at}`, { sequence: 1 });
    const more = await keep(app, 'more', { sequence: 1 });
    expect([more.status, more.body.code]).toEqual([409, 'conflict']);
    expect((await keep(app, 'c0', { sequence: 2 })).status).toBe(200);
    await remove('c1');
    expect((await keep(app, 'more', { sequence: 1 })).status).toBe(200);
  });

  it('belongs to its app and mode alone', async () => {
    const product = unique('pair');
    const live = await world.createApp({ product, mode: 'live', webhook: false });
    const sandbox = await world.createApp({ product, webhook: false });
    await tellMany(live, ['payment.succeeded']);
    await tellMany(sandbox, ['payment.succeeded']);
    await keep(live, 'orders', { sequence: 1 });
    expect((await read('orders', sandbox)).status).toBe(404);
    expect((await list('', sandbox)).body.data).toEqual([]);
    expect((await remove('orders', sandbox)).status).toBe(404);
    expect((await keep(sandbox, 'orders', { sequence: 0, expected: null })).status).toBe(200);
    expect((await read('orders', live)).body.sequence).toBe(1);
  });
});
