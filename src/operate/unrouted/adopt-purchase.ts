import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { log } from '../../base/log.ts';
import { reapplyMessages, type WorkMessage } from '../../base/messages.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { findApp } from '../../http/find-app.ts';
import { applyWhatFits, type Read } from '../../record/apply-reads.ts';
import { requestRereads } from '../../record/rereads.rows.ts';
import type { AdoptedView } from './unrouted.answers.ts';
import { fetchRelatives, type Relative } from './fetch-relatives.ts';
import { findPurchase, type PurchaseKind, type StoredPurchase, wakeUnroutedOf } from './unrouted.rows.ts';

/** How many of a customer's Polar events that fitted no app are looked at again. */
const MAX_WOKEN = 200;

/**
 * Gives a purchase that belongs to no app to one, with its orders, refunds and grants, as Polar has them now. The app is told of all of
 * it with `origin: "adopted"`. Whose a purchase is stays so (trust rule 5). It goes on where an interrupted call has stopped; what one
 * call has no room for is read behind it.
 * @throws {Problem} `not_found`, `conflict` (another app has it, or it is an order of a subscription); what Polar's failure is
 */
export async function adoptPurchase(
  services: Services,
  { kind, id, app: slug }: { kind: PurchaseKind; id: string; app: string },
  by: Doer,
): Promise<AdoptedView> {
  const app = await findApp(services, slug);
  const stored = await findAdoptable(services, app, { kind, id });
  const relatives = await fetchRelatives(services, stored, kind);
  if (!relatives) throw new Problem('not_found', { detail: `Polar knows no such ${kind} in this mode.` });

  const { left, woken } = await applyAll(services, app, { kind, stored, relatives, by });
  const now = await findPurchase(services.database, app.mode, { kind, id });
  if (now?.appId !== app.id) throw belongsToAnother(kind);
  services.wake(reapplyMessages(woken));
  return {
    kind,
    id,
    mode: app.mode,
    app: app.slug,
    payment_id: now.paymentId,
    applied: relatives.length - left,
    remaining: left,
  };
}

async function findAdoptable(
  services: Services,
  app: AppRow,
  purchase: { kind: PurchaseKind; id: string },
): Promise<StoredPurchase> {
  const { kind, id } = purchase;
  const stored = await findPurchase(services.database, app.mode, purchase);
  if (!stored) throw new Problem('not_found', { detail: `There is no ${kind} ${id} in ${app.mode}.` });
  if (stored.subscriptionId !== null)
    throw new Problem('conflict', {
      detail: `It is an order of the subscription ${stored.subscriptionId}: adopt that.`,
    });
  if (stored.appId !== null && stored.appId !== app.id) throw belongsToAnother(kind);
  return stored;
}

function belongsToAnother(kind: PurchaseKind): Problem {
  return new Problem('conflict', { detail: `This ${kind} belongs to another app, and stays there.` });
}

/** Applies the relatives in their order, and then lets others know: what is told first is told as adopted. */
async function applyAll(
  services: Services,
  app: AppRow,
  adoption: { kind: PurchaseKind; stored: StoredPurchase; relatives: readonly Relative[]; by: Doer },
): Promise<{ left: number; woken: string[] }> {
  const { kind, stored, relatives, by } = adoption;
  const { database } = services;
  const held: Parameters<Services['wake']>[] = [];
  const quiet: Services = { ...services, wake: (...call) => held.push(call) };
  const isNew = stored.appId === null;
  /** Whose the purchase is by now: another app may have got it since it was looked up. */
  const found: { owner: string | null } = { owner: null };
  const note: Read['note'] = ({ appId, now }) => {
    found.owner = appId;
    if (!isNew || appId !== app.id) return [];
    const detail = { kind, app: app.slug };
    return [audit(database, by, now, { action: 'purchase.adopted', appId, target: stored.id, detail })];
  };
  const reads = relatives.map(({ read }, index): Read => ({
    ...read,
    adoptedBy: app.id,
    note: index === 0 ? note : undefined,
  }));
  try {
    const first = await applyWhatFits(quiet, app.mode, reads.slice(0, 1), 'adopted');
    // What belongs to it is then not told with this origin, nor noted as this call's.
    if (found.owner !== null && found.owner !== app.id) throw belongsToAnother(kind);
    const rest = await applyWhatFits(quiet, app.mode, reads.slice(1), 'adopted');
    const [left, odd] = [
      [...first.left, ...rest.left],
      [...first.odd, ...rest.odd],
    ];
    for (const { read, error } of odd) {
      // The others are theirs all the same, and a comparison with Polar says which one is odd.
      if (read === reads[0]) throw new Problem('polar_failed', { cause: error });
      log('error', 'a relative of an adopted purchase was not understood', { kind: read.kind, error });
    }
    const later = relatives.slice(relatives.length - left.length);
    await readLater(quiet, app.mode, later);
    const asked = { mode: app.mode, customerId: stored.customerId, limit: MAX_WOKEN };
    return { left: left.length, woken: await wakeUnroutedOf(database, asked) };
  } finally {
    for (const call of held) services.wake(...call);
  }
}

/** By then their purchase has its app. */
async function readLater(
  services: Services,
  mode: AppRow['mode'],
  later: readonly Relative[],
): Promise<void> {
  const at = services.now();
  const asked = [...new Map(later.map(({ again }) => [`${again.kind}:${again.id}`, again])).values()];
  await runBatch(
    services.database,
    requestRereads(
      mode,
      at,
      asked.map((again) => ({ ...again, reason: 'more than an adoption reads', at })),
    ),
  );
  services.wake(asked.map(({ kind, id }): WorkMessage => ({ type: 'reread', mode, kind, id })));
}
