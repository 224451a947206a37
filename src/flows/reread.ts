import { and, eq } from 'drizzle-orm';
import type { Mode } from '../domain/mode.ts';
import { log } from '../log.ts';
import type { PolarGateway } from '../polar/client.ts';
import { Problem } from '../problem.ts';
import type { RereadKind } from '../queue/messages.ts';
import type { Services } from '../services.ts';
import { rereads } from '../storage/schema.ts';
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
  const mine = and(eq(rereads.mode, mode), eq(rereads.kind, kind), eq(rereads.id, id));
  const [row] = await database.select().from(rereads).where(mine).limit(1);
  if (!row || row.nextAttemptAt > services.now()) return;
  try {
    const reads = await readFromPolar(services.polar(mode), kind, id);
    await applyReads(services, mode, reads, 'reconcile');
    await database.delete(rereads).where(mine);
  } catch (error) {
    if (!(error instanceof Problem) && row.attempts >= MAX_ATTEMPTS) {
      log('error', 'reread given up', { mode, kind, id, error });
      await database.delete(rereads).where(mine);
      return;
    }
    log('warn', 'reread failed, will be tried again', { mode, kind, id, error });
    const delay = Math.min(FIRST_DELAY_MS * 2 ** row.attempts, LONGEST_DELAY_MS);
    await database
      .update(rereads)
      .set({ attempts: row.attempts + 1, nextAttemptAt: services.now() + delay })
      .where(mine);
  }
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
