import type { Mode } from '../base/mode.rules.ts';
import { comparable, compareWithStored } from './compare.rules.ts';
import { log } from '../base/log.ts';
import type { PolarGateway } from '../base/polar-gateway.ts';
import type { PolarKind } from '../base/polar-kinds.rules.ts';
import { REREADS } from '../polar/fetch-again.ts';
import { observeRead } from '../polar/observe.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { selectStored } from './compare.rows.ts';
import { isContentError, type RereadRequest } from './apply-observation.ts';
import { applyWhatFits, type Read } from './apply-reads.ts';
import { isStillNeeded } from './still-needed.rows.ts';
import { claim, claimDue, finish, giveUp, goOn } from './reread-turns.rows.ts';
import type { RereadKey, RereadRow } from './rereads.rows.ts';

const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 60 * 60_000;
/** After this many tries, over more than a day, the request is dropped; the full reconcile reads the object later. */
const MAX_ATTEMPTS = 30;

/**
 * Reads one object again from Polar and applies it. While Polar is away the request stays, and is tried later. An
 * object that Polar does not know (any more) is left as it is (invariant 3).
 */
export async function rereadObject(services: Services, request: RereadKey): Promise<void> {
  const { database } = services;
  const { mode, kind, id } = request;
  const now = services.now();
  // The request is moved on before anything is read, so that it does not come back at once whatever happens next.
  const delays = { firstMs: FIRST_DELAY_MS, longestMs: LONGEST_DELAY_MS };
  const row = await claimDue(database, request, now, delays);
  if (!row) return;
  try {
    const { isDone } = await takeStep(services, services.polar(mode), row, { now, nextAttemptAt: now });
    if (isDone) return;
    services.wake([{ type: 'reread', mode, kind, id }]);
  } catch (error) {
    // While Polar is away the tries do not count; when Polar refuses, or the object cannot be applied, the request is
    // dropped after some tries.
    const mayPass = error instanceof Problem && error.code === 'polar_unavailable';
    if (!mayPass && row.attempts > MAX_ATTEMPTS) {
      log('error', 'reread given up', { mode, kind, id, error });
      await giveUp(database, request);
      return;
    }
    log('warn', 'reread failed, will be tried again', { mode, kind, id, error });
  }
}

/**
 * The same for a caller with a budget of requests, before the request is due: it asks Polar through the caller's
 * gateway and hands further rereads to the caller. `isDone` is false when there are more pages. @throws when it fails;
 * the request is then due an hour later.
 */
export async function rereadNow(
  services: Services,
  request: RereadKey,
  {
    polar,
    onReread,
    noteRead,
  }: { polar: PolarGateway; onReread: (reread: RereadRequest) => void; noteRead: NoteRead },
): Promise<{ isDone: boolean }> {
  const now = services.now();
  const later = now + LONGEST_DELAY_MS;
  const row = await claim(services.database, request, later);
  // Another invocation was faster.
  if (!row) return { isDone: true };
  return takeStep(services, polar, row, { now, nextAttemptAt: later, onReread, noteRead });
}

/**
 * Reads one page of the object and applies what this invocation has room for (ADR 58). The row then says which page to
 * read next: the same one, of which applied objects are left out, or the next one.
 */
async function takeStep(
  services: Services,
  polar: PolarGateway,
  row: RereadRow,
  how: {
    now: number;
    nextAttemptAt: number;
    onReread?: (reread: RereadRequest) => void;
    noteRead?: NoteRead;
  },
): Promise<{ isDone: boolean }> {
  const { mode } = row;
  const { reads: fetched, isLast } = await fetchNews(services, polar, row);
  const reads = how.noteRead ? await withNotes(services, mode, fetched, how.noteRead) : fetched;
  const { left, odd } = await applyWhatFits(services, mode, reads, 'reconcile', how.onReread);
  for (const { read, error } of odd) {
    // A single object is tried again. An odd object in a page must not keep the others from being applied.
    if (!REREADS[row.kind].isList) throw error;
    log('error', 'an object of Polar’s was not understood', { mode, kind: read.kind, of: row.id, error });
  }
  const isDone = left.length === 0 && isLast;
  const page = left.length === 0 ? row.page + 1 : row.page;
  const { database } = services;
  await (isDone ? finish(database, row, how.nextAttemptAt) : goOn(database, row, page, how.nextAttemptAt));
  return { isDone };
}

/** Fetches what is not stored as Polar has it. Nothing is fetched if what was missing has come by itself. */
async function fetchNews(
  services: Services,
  polar: PolarGateway,
  row: RereadRow,
): Promise<{ reads: Read[]; isLast: boolean }> {
  if (row.page === 1 && !(await isStillNeeded(services.database, row))) return { reads: [], isLast: true };
  const reread = REREADS[row.kind];
  const { objects, isLast } = await reread.fetch(polar, row.id, row.page);
  let reads: Read[] = objects;
  const dropped = reread.isList ? new Set(objects.map(({ kind }) => kind)) : [];
  for (const kind of dropped) reads = await dropKnown(services, row.mode, kind, reads);
  return { reads, isLast };
}

/**
 * Leaves out objects that are stored as Polar has them: a team has hundreds of grants, and applying each takes two
 * round trips. An order is read together with its refunds; if it were applied alone, it would ask for them again.
 */
async function dropKnown(
  services: Services,
  mode: Mode,
  only: PolarKind,
  reads: readonly Read[],
): Promise<Read[]> {
  const observed = reads.map((each) => ({
    each,
    row: observationOf(each)?.main.row,
  }));
  const ids = observed.flatMap(({ each, row }) => (each.kind === only && row ? [row.id] : []));
  if (ids.length === 0) return [...reads];
  const stored = await selectStored(services.database, mode, only, ids);
  return observed
    .filter(
      ({ each, row }) =>
        each.kind !== only ||
        !row ||
        compareWithStored(only, { ...row, status: null }, stored.get(row.id)) !== 'same',
    )
    .map(({ each }) => each);
}

/** An object that was read again and differs from what is stored. */
export interface FoundByReread {
  kind: PolarKind;
  observation: Observation;
  drift: 'missing' | 'stale';
}

/** Statements about such an object, for the batch that applies it. */
type NoteRead = (found: FoundByReread) => Promise<NonNullable<Read['note']>>;

/** Adds to each object that differs what notes it. */
async function withNotes(
  { database }: Services,
  mode: Mode,
  reads: readonly Read[],
  noteRead: NoteRead,
): Promise<Read[]> {
  const observed = reads.map((read) => ({ read, observation: observationOf(read) }));
  const stored = new Map<PolarKind, Awaited<ReturnType<typeof selectStored>>>();
  for (const kind of new Set(reads.map((each) => each.kind))) {
    const ids = observed.flatMap(({ read, observation }) =>
      read.kind === kind && observation ? [observation.main.row.id] : [],
    );
    stored.set(kind, await selectStored(database, mode, kind, ids));
  }
  const noted: Read[] = [];
  for (const { read, observation } of observed) {
    const { kind } = read;
    const known = observation && stored.get(kind)?.get(observation.main.row.id);
    const drift = observation ? compareWithStored(kind, comparable(observation), known) : 'same';
    const isDrift = observation !== undefined && (drift === 'missing' || drift === 'stale');
    noted.push(isDrift ? { ...read, note: await noteRead({ kind, observation, drift }) } : read);
  }
  return noted;
}

/** Undefined when it is not what Polar documents; applying it then reports that. */
function observationOf({ kind, read }: Read): Observation | undefined {
  try {
    return observeRead(kind, read.data, read.requestedAt);
  } catch (error) {
    if (isContentError(error)) return undefined;
    throw error;
  }
}
