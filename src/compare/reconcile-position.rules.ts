import type { PolarKind, RereadKind } from '../base/polar-kinds.rules.ts';
import {
  FULL_TASKS,
  type ListPlan,
  LISTS,
  listOf,
  RECENT_TASKS,
  type TaskName,
} from '../polar/lists.rules.ts';

/* The position of a run, stored between its steps as JSON. Times are milliseconds since 1970. */

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * How much is read again: objects appear in Polar's lists some time after they were created, and Polar's clock differs
 * from ours.
 */
const OVERLAP_MS = 10 * MINUTE_MS;
/** How far a mode's first run goes back. The full one reads the rest. */
const FIRST_LOOK_BACK_MS = 30 * DAY_MS;
/** The longest time for which an object that always changes or fails holds a watermark back. */
const LONGEST_HOLD_MS = DAY_MS;
/** How often what is recent is read: by runs of its own, or during a full one. */
export const RECENT_EVERY_MS = 15 * MINUTE_MS;
export const FULL_EVERY_MS = DAY_MS;
/**
 * How many open orders and disputes a run remembers. Those beyond are read by themselves although Polar has just listed
 * them.
 */
const MAX_OPEN = 1_000;
/** When there are this many rereads, they are read before the next page of a list, so that the position stays small. */
const MANY_REREADS = 60;
/** A run that is older has failed, since it keeps the next one from starting. */
export const LONGEST_RUN_MS = 3 * DAY_MS;
/** How often in a row a task may fail for a reason unknown, before the run goes on without it. */
const MAX_FAILURES = 4;

/** What is read by itself: an object to compare, or what applying another one asked to read again (`rereads` in D1). */
export type Reread = { kind: PolarKind; id: string } | { reread: RereadKind; id: string };

export interface Task {
  name: TaskName;
  /** The page to read next, from 1. */
  page: number;
  /** When its first page was asked for; null before. */
  startedAt: number | null;
  /** Read back to here; null: all of it. */
  from: number | null;
  /** The ids of this page that are done; a page with many differences takes several steps. */
  done: string[];
  /** The earliest object that was left for later: the watermark does not move past it. */
  heldAt: number | null;
  /** Of a list that leaves out what is deleted: what was created until then has been read. */
  readTo: number;
}

export interface Position {
  todo: Task[];
  /** To be read one by one when the lists are. */
  rereads: Reread[];
  /** Open orders and disputes that Polar has listed in this run. */
  open: string[];
  graceMs: number;
  mayRepairWebhook: boolean;
  /** When what is recent was begun last. */
  recentAt: number;
  /** Until then Polar had disabled the endpoint, so no webhook from before is on its way. */
  silentUntil: number;
  /** Waits for Polar in a row. */
  waits: number;
  /** Failures of the first task in a row, for another reason than Polar. */
  failures: number;
}

/** The position of a run that begins at `now`. */
export function beginRun(
  scope: 'recent' | 'full',
  now: number,
  settings: { graceMs: number; mayRepairWebhook: boolean },
): Position {
  const recent: readonly TaskName[] = [...RECENT_TASKS, 'named'];
  return {
    ...settings,
    todo: (scope === 'full' ? [...recent, ...FULL_TASKS, 'named' as const] : recent).map(newTask),
    rereads: [],
    open: [],
    recentAt: now,
    silentUntil: 0,
    waits: 0,
    failures: 0,
  };
}

function newTask(name: TaskName): Task {
  return { name, page: 1, startedAt: null, from: null, done: [], heldAt: null, readTo: 0 };
}

/** A full run takes long: what is recent is read in between, as often as without it. */
export function weaveInRecent(position: Position, now: number): void {
  if (now - position.recentAt < RECENT_EVERY_MS) return;
  const names = new Set(position.todo.map((task) => task.name));
  // The last recent part is still being read, so the budget is too small for another.
  if (RECENT_TASKS.some((name) => names.has(name)) || position.todo[0]?.name === 'named') return;
  position.todo.unshift(...[...RECENT_TASKS, 'named' as const].map(newTask));
  position.open = [];
  position.recentAt = now;
}

/** Puts the single rereads before everything else when there are many. */
export function weaveInRereads(position: Position): void {
  if (position.rereads.length < MANY_REREADS || position.todo[0]?.name === 'named') return;
  position.todo.unshift(newTask('named'));
}

/** Counts a failure of the first task. Returns whether the run is to go on without it. */
export function isHopeless(position: Position): boolean {
  position.failures += 1;
  return position.failures >= MAX_FAILURES;
}

/** Goes on without what failed, which may be one object of many. */
export function skipTask(position: Position): void {
  if (position.todo[0]?.name === 'named' && position.rereads.length > 0) position.rereads.shift();
  else position.todo.shift();
  position.failures = 0;
}

/** Begins a task: from when on its objects are read. `mark`: how far an earlier run has come. */
export function beginTask(task: Task, now: number, mark: number | undefined): void {
  if (task.startedAt !== null) return;
  task.startedAt = now;
  const list = listOf(task.name);
  const plan = list && LISTS[list];
  if (!plan?.by) return;
  const from = mark === undefined ? now - FIRST_LOOK_BACK_MS : mark - OVERLAP_MS;
  task.from = Math.min(from, now - (plan.atLeastMs ?? 0));
}

/** Whether an object was changed so lately that its webhook may still be on its way. */
export function isYoung({ graceMs, silentUntil }: Position, changedAt: number, now: number): boolean {
  return graceMs > 0 && changedAt > now - graceMs && changedAt > silentUntil;
}

/** Leaves an object for the next run. `at`: its time by which the list is read, null when it has none. */
export function holdBack(task: Task, at: number | null): void {
  if (at !== null) task.heldAt = Math.min(task.heldAt ?? at, at);
}

/**
 * Whether a list needs no further page. `times`: those of the page's objects by which the list is read, null where an
 * object has none.
 */
export function isListDone(
  task: Task,
  plan: ListPlan,
  page: { times: readonly (number | null)[]; maxPage: number },
): boolean {
  if (page.times.length === 0 || task.page >= page.maxPage) return true;
  if (task.from === null || plan.isFiltered) return false;
  const oldest = page.times.at(-1) ?? null;
  return oldest !== null && oldest < task.from;
}

/** Goes on to the next page. */
export function turnPage(task: Task): void {
  task.page += 1;
  task.done = [];
}

/**
 * The new watermark of a list that has been read: not past an object that was left for later. Undefined for a list that
 * is not read by time.
 */
export function nextWatermark(task: Task, graceMs: number): number | undefined {
  if (task.startedAt === null || task.from === null) return undefined;
  const read = task.startedAt - graceMs;
  if (task.heldAt === null) return read;
  return Math.max(Math.min(read, task.heldAt), read - LONGEST_HOLD_MS);
}

/** Remembers that Polar lists these as open. */
export function rememberOpen(position: Position, ids: readonly string[]): void {
  position.open = [...new Set([...position.open, ...ids])].slice(0, MAX_OPEN);
}

/** Which creation times a page of a list, oldest first, has shown completely. `isLast`: nothing comes after it. */
export function shownBy(
  task: Task,
  createdAt: readonly number[],
  isLast: boolean,
): { from: number; to: number } {
  const from = task.readTo;
  const to = isLast ? (task.startedAt ?? 0) - OVERLAP_MS : Math.max(from, ...createdAt);
  return { from, to };
}

/** Notes objects to be read one by one, each once. None is left out: they are read before the next page of a list. */
export function addRereads(position: Position, rereads: readonly Reread[]): void {
  const keyOf = (each: Reread) => JSON.stringify(each);
  const known = new Set(position.rereads.map(keyOf));
  const added = rereads.filter((each) => !known.has(keyOf(each)) && known.add(keyOf(each)));
  position.rereads = [...position.rereads, ...added];
}
