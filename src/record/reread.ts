import type { Mode } from '../base/mode.rules.ts';
import { compareWithStored } from './compare.rules.ts';
import { log } from '../base/log.ts';
import type { PolarGateway, PolarPage } from '../base/polar-gateway.ts';
import { observeRead } from '../polar/observe.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { selectStored } from './compare.rows.ts';
import { isContentError, type RereadRequest } from './apply-observation.ts';
import { applyWhatFits, type Read } from './apply-snapshot.ts';
import { isStillNeeded } from './missing.rows.ts';
import { claim, claimDue, finish, giveUp, goOn, type RereadKey, type RereadRow } from './rereads.rows.ts';

const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 60 * 60_000;
/** After this many tries over more than a day, the request is dropped: the slow reconcile will pass by. */
const MAX_ATTEMPTS = 30;

/**
 * Reads one object again from Polar and applies what it says. Polar away: the request stays, and is tried later.
 * An object that Polar does not know (any longer) is left as it is: missing is never a revocation.
 */
export async function rereadObject(services: Services, request: RereadKey): Promise<void> {
  const { database } = services;
  const { mode, kind, id } = request;
  const now = services.now();
  // Moved on before anything is read: whatever happens next, the same request does not come back at once.
  const delays = { firstMs: FIRST_DELAY_MS, longestMs: LONGEST_DELAY_MS };
  const row = await claimDue(database, request, now, delays);
  if (!row) return;
  try {
    const { isDone } = await takeStep(services, services.polar(mode), row, { now, nextAttemptAt: now });
    if (isDone) return;
    services.wake([{ type: 'reread', mode, kind, id }]);
  } catch (error) {
    // Polar being away is waited out; what Polar refuses, or cannot be applied, ends some time.
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
 * The same for whoever keeps to a budget of requests, before it is due: with its own way to ask Polar, and taking what that
 * asks for in turn. Whether it is done: else there is more of it, to be asked for again. @throws when it fails; the request
 * comes due an hour later.
 */
export async function rereadNow(
  services: Services,
  request: RereadKey,
  { polar, onReread }: { polar: PolarGateway; onReread: (asked: RereadRequest) => void },
): Promise<{ isDone: boolean }> {
  const now = services.now();
  const later = now + LONGEST_DELAY_MS;
  const row = await claim(services.database, request, later);
  // Somebody else was faster.
  if (!row) return { isDone: true };
  return takeStep(services, polar, row, { now, nextAttemptAt: later, onReread });
}

/**
 * Reads one page of the object and applies what this invocation has room for. What is left is left in the row: the same
 * page again, since what is applied is not applied twice, or the next.
 */
async function takeStep(
  services: Services,
  polar: PolarGateway,
  row: RereadRow,
  how: { now: number; nextAttemptAt: number; onReread?: (asked: RereadRequest) => void },
): Promise<{ isDone: boolean }> {
  const { mode } = row;
  const { reads, isLast } = await readNews(services, polar, row);
  const { left, odd } = await applyWhatFits(services, mode, reads, 'reconcile', how.onReread);
  for (const { read, error } of odd) {
    // Asked for by itself, it is asked for again. One of a page keeps the rest of it, and the next, from nobody.
    if (row.kind !== 'grants' && row.kind !== 'refunds') throw error;
    log('error', 'an object of Polar’s was not understood', { mode, kind: read.kind, of: row.id, error });
  }
  const isDone = left.length === 0 && isLast;
  const page = left.length === 0 ? row.page + 1 : row.page;
  const { database } = services;
  await (isDone ? finish(database, row, how.nextAttemptAt) : goOn(database, row, page, how.nextAttemptAt));
  return { isDone };
}

interface Found {
  reads: Read[];
  /** Nothing comes after it. */
  isLast: boolean;
}

/** What Polar says that is not stored already. Nothing is asked for that has come by itself. */
async function readNews(services: Services, polar: PolarGateway, row: RereadRow): Promise<Found> {
  const { mode, kind } = row;
  if (row.page === 1 && !(await isStillNeeded(services.database, row))) return { reads: [], isLast: true };
  const { reads, isLast } = await readFromPolar(polar, row);
  if (kind === 'grants') return { reads: await dropKnown(services, mode, 'grant', reads), isLast };
  if (kind !== 'refunds') return { reads, isLast };
  const orders = await dropKnown(services, mode, 'order', reads);
  return { reads: await dropKnown(services, mode, 'refund', orders), isLast };
}

/**
 * Leaves out what of a kind is stored as it is: a team has hundreds of grants, and applying each costs two round trips. An
 * order is read with its refunds since they move its amounts; applied as it is, it would ask for them once more.
 */
async function dropKnown(
  services: Services,
  mode: Mode,
  only: 'grant' | 'refund' | 'order',
  reads: readonly Read[],
): Promise<Read[]> {
  const observed = reads.map((each) => ({
    each,
    row: rowOf(each),
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

/** Undefined when it is not what Polar documents: applying it says so. */
function rowOf({ kind, read }: Read) {
  try {
    return observeRead(kind, read.data, read.requestedAt).main.row;
  } catch (error) {
    if (isContentError(error)) return undefined;
    throw error;
  }
}

async function readFromPolar(polar: PolarGateway, { kind, id, page }: RereadRow): Promise<Found> {
  const one = async (as: Read['kind'], read: Promise<Read['read'] | undefined>): Promise<Found> => {
    const found = await read;
    return { reads: found ? [{ kind: as, read: found }] : [], isLast: true };
  };
  switch (kind) {
    case 'checkout':
      return one('checkout', polar.getCheckout(id));
    case 'order':
      return one('order', polar.getOrder(id));
    case 'subscription':
      return one('subscription', polar.getSubscription(id));
    case 'product':
      return one('product', polar.getProduct(id));
    case 'customer':
      return one('customer', polar.getCustomer(id));
    case 'refunds': {
      const { reads: order } = page === 1 ? await one('order', polar.getOrder(id)) : { reads: [] as Read[] };
      const { reads: found, isLast } = pageOf('refund', page, await polar.listRefunds(id, page));
      return { reads: [...order, ...found], isLast };
    }
    case 'grants':
      return pageOf('grant', page, await polar.listGrants(id, page));
  }
}

function pageOf(kind: 'refund' | 'grant', page: number, { items, maxPage, requestedAt }: PolarPage): Found {
  return {
    reads: items.map((data) => ({ kind, read: { data, requestedAt } })),
    isLast: page >= maxPage,
  };
}
