import { describe, expect, it } from 'vitest';
import { LISTS, RECENT_TASKS } from '../../src/polar/lists.rules.ts';
import {
  beginRun,
  beginTask,
  holdBack,
  isHopeless,
  isListDone,
  isYoung,
  nextWatermark,
  type Position,
  RECENT_EVERY_MS,
  skipTask,
  type Task,
  turnPage,
  addRereads,
  weaveInRecent,
  weaveInRereads,
} from '../../src/compare/reconcile-position.rules.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = 1_795_000_000_000;

const begin = (scope: 'recent' | 'full' = 'recent', graceMs = 2 * MINUTE): Position =>
  beginRun(scope, NOW, { graceMs, mayRepairWebhook: false });

function task(name: Task['name'], mark?: number): Task {
  const made: Task = { name, page: 1, startedAt: null, from: null, done: [], heldAt: null, readTo: 0 };
  beginTask(made, NOW, mark);
  return made;
}

describe('how far back a list is read', () => {
  it('30 days the first time, then to the watermark and a little before', () => {
    expect(task('new_grants').from).toBe(NOW - 30 * DAY);
    expect(task('new_grants', NOW - 20 * MINUTE).from).toBe(NOW - 30 * MINUTE);
  });

  it('further for what changes after it was created, and as far as an outage lasted', () => {
    expect(task('recent_orders', NOW - 20 * MINUTE).from).toBe(NOW - 2 * DAY);
    expect(task('recent_orders', NOW - 50 * DAY).from).toBe(NOW - 50 * DAY - 10 * MINUTE);
  });

  it('to its end when it is a list of what is open, or of everything', () => {
    for (const name of ['live_subscriptions', 'pending_orders', 'orders'] as const)
      expect(task(name, NOW).from).toBeNull();
  });

  it('is decided once, when its first page is asked for', () => {
    const made = task('new_grants', NOW);
    beginTask(made, NOW + DAY, NOW + DAY);
    expect(made).toMatchObject({ startedAt: NOW, from: NOW - 10 * MINUTE });
  });
});

describe('where a list ends', () => {
  const { new_grants: newest, orders: whole, recent_orders: filtered } = LISTS;

  it('newest first: with the page whose last object is too old', () => {
    const made = task('new_grants', NOW);
    expect(isListDone(made, newest, { times: [NOW, NOW - MINUTE], maxPage: 9 })).toBe(false);
    expect(isListDone(made, newest, { times: [NOW, NOW - DAY], maxPage: 9 })).toBe(true);
  });

  it('an object without the time that it is sorted by does not end it', () => {
    expect(isListDone(task('revoked_grants', NOW), LISTS.revoked_grants, { times: [null], maxPage: 2 })).toBe(
      false,
    );
  });

  it('else with its last page, or one that is empty', () => {
    const made = task('orders');
    expect(isListDone(made, whole, { times: [null], maxPage: 2 })).toBe(false);
    turnPage(made);
    expect(isListDone(made, whole, { times: [null], maxPage: 2 })).toBe(true);
    expect(isListDone(made, whole, { times: [], maxPage: 5 })).toBe(true);
    expect(isListDone(task('recent_orders', NOW), filtered, { times: [0], maxPage: 2 })).toBe(false);
  });
});

describe('the watermark', () => {
  it('stops before what is too young to be judged', () => {
    expect(nextWatermark(task('new_grants', NOW), 2 * MINUTE)).toBe(NOW - 2 * MINUTE);
  });

  it('does not move past an object that was left for later, but is not held for ever', () => {
    const held = task('new_grants', NOW);
    holdBack(held, NOW - 30 * MINUTE);
    holdBack(held, NOW - 10 * MINUTE);
    expect(nextWatermark(held, 2 * MINUTE)).toBe(NOW - 30 * MINUTE);
    holdBack(held, NOW - 9 * DAY);
    expect(nextWatermark(held, 2 * MINUTE)).toBe(NOW - 2 * MINUTE - DAY);
  });

  it('is only for lists that are read by time', () => {
    expect(nextWatermark(task('orders'), 0)).toBeUndefined();
  });
});

describe('grace', () => {
  it('is for what changed within it, and for nothing without it, even by a clock ahead of ours', () => {
    expect(isYoung(begin(), NOW - MINUTE, NOW)).toBe(true);
    expect(isYoung(begin(), NOW + MINUTE, NOW)).toBe(true);
    expect(isYoung(begin(), NOW - 3 * MINUTE, NOW)).toBe(false);
    expect(isYoung(begin('recent', 0), NOW + MINUTE, NOW)).toBe(false);
  });

  it('is not for what changed while Polar sent nothing', () => {
    const position = { ...begin(), silentUntil: NOW - MINUTE };
    expect(isYoung(position, NOW - MINUTE, NOW)).toBe(false);
    expect(isYoung(position, NOW - MINUTE + 1, NOW)).toBe(true);
  });
});

describe('a full run', () => {
  it('begins with what is recent, and comes back to it when it takes long', () => {
    const position = begin('full');
    const recent = [...RECENT_TASKS, 'named'];
    expect(position.todo.slice(0, recent.length).map(({ name }) => name)).toEqual(recent);
    expect(position.todo.at(-1)?.name).toBe('named');
    position.todo.splice(0, recent.length);
    const rest = position.todo.map(({ name }) => name);
    weaveInRecent(position, NOW + RECENT_EVERY_MS - 1);
    expect(position.todo.map(({ name }) => name)).toEqual(rest);
    weaveInRecent(position, NOW + RECENT_EVERY_MS);
    expect(position.todo.map(({ name }) => name)).toEqual([...recent, ...rest]);
    position.todo.shift();
    weaveInRecent(position, NOW + 3 * RECENT_EVERY_MS);
    expect(position.todo).toHaveLength(recent.length + rest.length - 1);
    position.todo.splice(0, RECENT_TASKS.length - 1);
    expect(position.todo[0]?.name).toBe('named');
    weaveInRecent(position, NOW + 4 * RECENT_EVERY_MS);
    expect(position.todo).toHaveLength(rest.length + 1);
  });

  it('reads one by one what the recent part has found before it goes on with everything', () => {
    const position = begin('full');
    const names = position.todo.map(({ name }) => name);
    expect(names.indexOf('named')).toBeLessThan(names.indexOf('orders'));
  });
});

describe('what is read one by one', () => {
  it('is read once, and none of it is left out', () => {
    const position = begin();
    addRereads(position, [
      { kind: 'order', id: 'a' },
      { kind: 'order', id: 'a' },
    ]);
    addRereads(position, [{ kind: 'order', id: 'a' }]);
    expect(position.rereads).toEqual([{ kind: 'order', id: 'a' }]);
    addRereads(
      position,
      Array.from({ length: 500 }, (_, id) => ({ kind: 'checkout' as const, id: String(id) })),
    );
    expect(position.rereads).toHaveLength(501);
  });

  it('is told apart by what it is asked for', () => {
    const position = begin();
    addRereads(position, [
      { kind: 'order', id: 'a' },
      { reread: 'refunds', id: 'a' },
      { reread: 'order', id: 'a' },
      { reread: 'refunds', id: 'a' },
    ]);
    expect(position.rereads).toHaveLength(3);
  });

  it('comes first when it has become much', () => {
    const position = begin();
    const names = position.todo.map(({ name }) => name);
    addRereads(position, [{ kind: 'order', id: 'a' }]);
    weaveInRereads(position);
    expect(position.todo.map(({ name }) => name)).toEqual(names);
    addRereads(
      position,
      Array.from({ length: 100 }, (_, id) => ({ kind: 'order' as const, id: String(id) })),
    );
    weaveInRereads(position);
    weaveInRereads(position);
    expect(position.todo.map(({ name }) => name)).toEqual(['named', ...names]);
  });
});

describe('a task that fails', () => {
  it('is given up after a few times in a row', () => {
    const position = begin();
    const [first, second] = position.todo.map(({ name }) => name);
    expect([1, 2, 3].map(() => isHopeless(position))).toEqual([false, false, false]);
    expect(position.todo[0]?.name).toBe(first);
    expect(isHopeless(position)).toBe(true);
    skipTask(position);
    expect(position).toMatchObject({ failures: 0 });
    expect(position.todo[0]?.name).toBe(second);
  });

  it('is one object, while objects are read one by one', () => {
    const position = begin();
    position.todo = position.todo.filter(({ name }) => name === 'named');
    addRereads(position, [
      { kind: 'order', id: 'a' },
      { kind: 'order', id: 'b' },
    ]);
    skipTask(position);
    expect(position.rereads).toEqual([{ kind: 'order', id: 'b' }]);
    expect(position.todo).toHaveLength(1);
  });
});
