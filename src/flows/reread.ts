import { and, eq, isNotNull, lte, type SQL, sql } from 'drizzle-orm';
import type { Mode } from '../domain/mode.ts';
import { compareWithStored } from '../domain/reconcile-drift.ts';
import { log } from '../log.ts';
import type { PolarGateway } from '../polar/client.ts';
import { observeRead } from '../polar/observe.ts';
import { Problem } from '../problem.ts';
import type { RereadKind } from '../queue/messages.ts';
import type { Services } from '../services.ts';
import { selectStored } from '../storage/compared-rows.ts';
import { grants, orders, rereads } from '../storage/schema.ts';
import { isRefundMissing, REFUND_MISSING } from '../storage/snapshots.ts';
import type { RereadRequest } from './apply-observation.ts';
import { applyReads, type Read } from './apply-snapshot.ts';

const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 60 * 60_000;
/** After this many tries over more than a day, the request is dropped: the slow reconcile will pass by. */
const MAX_ATTEMPTS = 30;

interface Request {
  mode: Mode;
  kind: RereadKind;
  id: string;
}

/**
 * Reads one object again from Polar and applies what it says. Polar away: the request stays, and is tried later.
 * An object that Polar does not know (any longer) is left as it is: missing is never a revocation.
 */
export async function rereadObject(services: Services, request: Request): Promise<void> {
  const { database } = services;
  const { mode, kind, id } = request;
  const now = services.now();
  const mine = whereRow(request);
  // Moved on before anything is read: whatever happens next, the same request does not come back at once.
  const [row] = await database
    .update(rereads)
    .set({
      attempts: sql`${rereads.attempts} + 1`,
      nextAttemptAt: sql`${now} + min(${FIRST_DELAY_MS} << min(${rereads.attempts}, 20), ${LONGEST_DELAY_MS})`,
    })
    .where(and(mine, lte(rereads.nextAttemptAt, now)))
    .returning();
  if (!row) return;
  try {
    await applyReads(services, mode, await readNews(services, services.polar(mode), row), 'reconcile');
    await finish(services, row, now);
  } catch (error) {
    // Polar being away is waited out; what Polar refuses, or cannot be applied, ends some time.
    const mayPass = error instanceof Problem && error.code === 'polar_unavailable';
    if (!mayPass && row.attempts > MAX_ATTEMPTS) {
      log('error', 'reread given up', { mode, kind, id, error });
      await database.delete(rereads).where(mine);
      return;
    }
    log('warn', 'reread failed, will be tried again', { mode, kind, id, error });
  }
}

/**
 * The same for whoever keeps to a budget, before it is due: with its own way to ask Polar, and taking what that asks for
 * in turn. How many objects were applied. @throws when it fails; the request comes due an hour later.
 */
export async function rereadNow(
  services: Services,
  request: Request,
  { polar, onReread }: { polar: PolarGateway; onReread: (asked: RereadRequest) => void },
): Promise<number> {
  const later = services.now() + LONGEST_DELAY_MS;
  const [row] = await services.database
    .update(rereads)
    .set({ attempts: sql`${rereads.attempts} + 1`, nextAttemptAt: later })
    .where(whereRow(request))
    .returning();
  // Somebody else was faster.
  if (!row) return 0;
  const news = await readNews(services, polar, row);
  await applyReads(services, request.mode, news, 'reconcile', onReread);
  await finish(services, row, later);
  return news.length;
}

function whereRow({ mode, kind, id }: Request): SQL | undefined {
  return and(eq(rereads.mode, mode), eq(rereads.kind, kind), eq(rereads.id, id));
}

/** Asked for again while it was being read: then what was read may be older than the need, and it is read once more. */
async function finish(
  { database }: Services,
  row: Request & { requestedAt: number },
  nextAttemptAt: number,
): Promise<void> {
  const mine = whereRow(row);
  await database.batch([
    database.delete(rereads).where(and(mine, eq(rereads.requestedAt, row.requestedAt))),
    database.update(rereads).set({ attempts: 0, nextAttemptAt }).where(mine),
  ]);
}

/** What Polar says that is not stored already. Nothing is asked for that has come by itself. */
async function readNews(
  services: Services,
  polar: PolarGateway,
  { mode, kind, id, reason }: Request & { reason: string },
): Promise<Read[]> {
  if (reason === REFUND_MISSING && !(await isStillMissing(services, mode, id))) return [];
  const reads = await readFromPolar(polar, kind, id);
  if (kind === 'grants') return dropKnownGrants(services, mode, id, reads);
  return kind === 'refunds' ? dropKnownOrder(services, mode, reads) : reads;
}

async function isStillMissing({ database }: Services, mode: Mode, orderId: string): Promise<boolean> {
  const missing = isRefundMissing(mode, orderId, sql`o.refunded_amount`);
  const rows = await database.all(
    sql`select 1 from ${orders} as o where o.mode = ${mode} and o.id = ${orderId} and ${missing}`,
  );
  return rows.length > 0;
}

/** The order is read with its refunds since they move its amounts. Applied as it is, it would ask for them once more. */
async function dropKnownOrder(services: Services, mode: Mode, reads: readonly Read[]): Promise<Read[]> {
  const orderIds = reads.flatMap(({ kind, read }) =>
    kind === 'order' ? [observeRead(kind, read.data, read.requestedAt).main.row.id] : [],
  );
  const stored = await selectStored(services.database, mode, 'order', orderIds);
  return reads.filter(({ kind, read }) => {
    if (kind !== 'order') return true;
    const { row } = observeRead(kind, read.data, read.requestedAt).main;
    return compareWithStored(kind, { ...row, status: null }, stored.get(row.id)) !== 'same';
  });
}

/** A team has hundreds of grants, and applying each costs two round trips: those that are stored as they are need none. */
async function dropKnownGrants(
  services: Services,
  mode: Mode,
  customerId: string,
  reads: readonly Read[],
): Promise<Read[]> {
  const stored = await services.database
    .select({ id: grants.id, version: grants.version, digest: grants.digest })
    .from(grants)
    .where(and(eq(grants.mode, mode), eq(grants.customerId, customerId), isNotNull(grants.appId)));
  const known = new Map(stored.map((row) => [row.id, row]));
  return reads.filter(({ kind, read }) => {
    const { row } = observeRead(kind, read.data, read.requestedAt).main;
    const same = known.get(row.id);
    return !same || same.version !== row.version || same.digest !== row.digest;
  });
}

async function readFromPolar(polar: PolarGateway, kind: RereadKind, id: string): Promise<Read[]> {
  const one = async (as: Read['kind'], read: Promise<Read['read'] | undefined>): Promise<Read[]> => {
    const found = await read;
    return found ? [{ kind: as, read: found }] : [];
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
      const [order, found] = [await one('order', polar.getOrder(id)), await polar.listRefunds(id)];
      return [...order, ...found.map((read) => ({ kind: 'refund' as const, read }))];
    }
    case 'grants':
      return (await polar.listGrants(id)).map((read) => ({ kind: 'grant' as const, read }));
  }
}
