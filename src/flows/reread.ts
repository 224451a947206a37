import { and, eq, isNotNull, lte, type SQL, sql } from 'drizzle-orm';
import type { Mode } from '../domain/mode.ts';
import { log } from '../log.ts';
import type { PolarGateway } from '../polar/client.ts';
import { observeRead } from '../polar/observe.ts';
import { Problem } from '../problem.ts';
import type { RereadKind } from '../queue/messages.ts';
import type { Services } from '../services.ts';
import { grants, rereads } from '../storage/schema.ts';
import { applyReads, type Read } from './apply-snapshot.ts';

const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 60 * 60_000;
/** After this many tries over more than a day, the request is dropped: the slow reconcile will pass by. */
const MAX_ATTEMPTS = 30;

/**
 * Reads one object again from Polar and applies what it says. Polar away: the request stays, and is tried later.
 * An object that Polar does not know (any longer) is left as it is: missing is never a revocation.
 */
export async function rereadObject(
  services: Services,
  request: { mode: Mode; kind: RereadKind; id: string },
): Promise<void> {
  const { database } = services;
  const { mode, kind, id } = request;
  const now = services.now();
  const mine = and(eq(rereads.mode, mode), eq(rereads.kind, kind), eq(rereads.id, id));
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
    const reads = await readFromPolar(services.polar(mode), kind, id);
    const news = kind === 'grants' ? await dropKnownGrants(services, mode, id, reads) : reads;
    await applyReads(services, mode, news, 'reconcile');
    await finish(services, mine, row.requestedAt);
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

/** Asked for again while it was being read: then what was read may be older than the need, and it is read once more. */
async function finish(services: Services, mine: SQL | undefined, requestedAt: number): Promise<void> {
  const { database } = services;
  await database.batch([
    database.delete(rereads).where(and(mine, eq(rereads.requestedAt, requestedAt))),
    database.update(rereads).set({ attempts: 0, nextAttemptAt: services.now() }).where(mine),
  ]);
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
