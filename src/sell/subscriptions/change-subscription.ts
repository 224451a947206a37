import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { log } from '../../base/log.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { PolarRead, PolarRefusal, SubscriptionChange } from '../../base/polar-gateway.ts';
import { Problem } from '../../base/problem.ts';
import { fail, type Result } from '../../base/result.rules.ts';
import type { Services } from '../../base/services.ts';
import { type IdempotentRequest, withIdempotency } from '../../http/idempotency.ts';
import { parseSubscription } from '../../polar/parse-purchases.rules.ts';
import { isContentError } from '../../record/apply-observation.ts';
import { applyReads, type Read } from '../../record/apply-reads.ts';
import { chooseProration } from '../plans/find-families.ts';
import { resolveDiscount } from '../resolve-discount.ts';
import { readProduct, requireProduct } from '../sold-product.ts';
import { toPolarChange } from './ask-polar.rules.ts';
import { type Change, decideChange, isAsAsked, mayBill, type SubscriptionState } from './changes.rules.ts';
import { getSubscription } from './list-subscriptions.ts';
import { explainRefusal, refusedByState } from './refused-change.ts';
import type { SubscriptionView } from './subscriptions.answers.ts';

/**
 * Has Polar change one of the app's subscriptions, once for an `Idempotency-Key`, and answers with the subscription as it is then.
 * What Polar accepted is applied from its own answer before this returns, with the order that it made. Polar has no idempotency
 * keys: the subscription is read before it is asked, and again when its answer is lost, so that nothing is done twice (ADR 75).
 * @throws {Problem} `not_found`, the refusals of `refused-change.ts`, `polar_…`, `idempotency_…`
 */
export async function changeSubscription(
  services: Services,
  app: AppRow,
  { id, change }: { id: string; change: Change },
  { by, ...request }: Pick<IdempotentRequest<[]>, 'route' | 'key' | 'fingerprint'> & { by: Doer },
): Promise<SubscriptionView> {
  const answer = await withIdempotency(services, { ...request, appId: app.id, prefetch: [] }, async () => {
    const before = await getSubscription(services, app, id);
    await requireOwn(services, app, change);
    await makeChange(services, app, id, change);
    const body = await getSubscription(services, app, id);
    const line = audit(services.database, by, services.now(), {
      action: 'subscription.changed',
      appId: app.id,
      target: id,
      before: termsOf(before),
      after: termsOf(body),
      detail: describeChange(change),
    });
    return { status: 200, body, commit: [line] };
  });
  return answer.body as SubscriptionView;
}

/** What a change can change of a subscription. Nothing of it is personal. */
function termsOf(view: SubscriptionView) {
  const { product, status, ends_at, cancel_at_period_end, pause_at_period_end, resumes_at } = view;
  const { seats, units, discount, trial_end, pending_update } = view;
  return {
    status,
    product: product.id,
    cancel_at_period_end,
    ends_at,
    pause_at_period_end,
    resumes_at,
    seats,
    units,
    discount: discount?.id ?? null,
    trial_end,
    pending_update,
  };
}

/** The change that was asked for, without the customer's own words. */
function describeChange(change: Change) {
  if (change.kind !== 'cancel') return { kind: change.kind };
  return { kind: change.kind, at: change.at, reason: change.reason ?? null };
}

/** A product or discount of another app is refused as one that does not exist (invariant 5). */
async function requireOwn(services: Services, app: AppRow, change: Change): Promise<void> {
  if (change.kind === 'product') await requireOwnProduct(services, app, change.productId);
  if (change.kind === 'discount' && change.discountId !== null)
    await resolveDiscount(services, app, { discountId: change.discountId });
}

/** @throws {Problem} `unknown_product`, `product_archived`, `polar_…` */
export async function requireOwnProduct(services: Services, app: AppRow, productId: string): Promise<void> {
  const found = await runBatch(services.database, readProduct(app, { productId }));
  await requireProduct(services, app, { productId }, found);
}

/** Where Polar was asked and gave no answer, or refused, the subscription itself says what became of it. */
async function makeChange(services: Services, app: AppRow, id: string, change: Change): Promise<void> {
  const { mode } = app;
  const before = await fetchSubscription(services, mode, id);
  const decision = decideChange(change, before.state);
  if (decision !== 'ask') {
    // What it was decided by may be newer than what is stored.
    await apply(services, mode, [{ kind: 'subscription', read: before.read }]);
    if (decision === 'done') return;
    throw refusedByState(decision);
  }
  const whole = await withProration(services, app, change, before.state);
  const asked = await askPolar(services, mode, id, toPolarChange(whole, before.state));
  if (asked.ok) return applyChange(services, mode, { id, change, read: asked.value });
  const after = await fetchSubscription(services, mode, id).catch(() => undefined);
  if (after && isAsAsked(change, after.state))
    return applyChange(services, mode, { id, change, read: after.read });
  if (after) await apply(services, mode, [{ kind: 'subscription', read: after.read }]);
  throw asked.error instanceof Problem
    ? lost(asked.error)
    : explainRefusal(asked.error, change, after?.state ?? before.state);
}

/**
 * A change of product that does not say when it is charged goes by the plans' families (ADR 114). Only Polar is asked with that: what is
 * scheduled already, or was made though its answer was lost, is as it was asked for all the same.
 */
async function withProration(
  services: Services,
  app: AppRow,
  change: Change,
  { productId }: SubscriptionState,
): Promise<Change> {
  if (change.kind !== 'product' || change.proration !== undefined) return change;
  const proration = await chooseProration(services, app, { from: productId, to: change.productId });
  return proration === undefined ? change : { ...change, proration };
}

async function askPolar(
  services: Services,
  mode: Mode,
  id: string,
  change: SubscriptionChange,
): Promise<Result<PolarRead, PolarRefusal | Problem>> {
  try {
    return await services.polar(mode).changeSubscription(id, change);
  } catch (error) {
    if (error instanceof Problem) return fail(error);
    throw error;
  }
}

function lost(problem: Problem): Problem {
  const {
    detail = 'Polar has not said whether the change was made. Read the subscription before you ask again.',
  } = problem.init;
  return new Problem(problem.code, { ...problem.init, detail });
}

/** @throws {Problem} `not_found` when Polar does not know it, `polar_…` */
async function fetchSubscription(
  services: Services,
  mode: Mode,
  id: string,
): Promise<{ read: PolarRead; state: SubscriptionState }> {
  const read = await services.polar(mode).fetchObject('subscription', id);
  if (!read) throw new Problem('not_found', { detail: 'Polar has no such subscription any more.' });
  try {
    return { read, state: parseSubscription(read.data, read.requestedAt * 1000).row };
  } catch (error) {
    throw isContentError(error) ? notDocumented(error) : error;
  }
}

async function applyChange(
  services: Services,
  mode: Mode,
  { id, change, read }: { id: string; change: Change; read: PolarRead },
): Promise<void> {
  await apply(services, mode, [{ kind: 'subscription', read }]);
  if (!mayBill(change)) return;
  try {
    const { items, requestedAt } = await services.polar(mode).fetchOrdersOfSubscription(id);
    const orders = items.map((data): Read => ({ kind: 'order', read: { data, requestedAt } }));
    await apply(services, mode, orders);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // The change is made, so it is answered. The order comes by its webhook.
    log('warn', 'the order of a change could not be read', { subscriptionId: id, error });
  }
}

async function apply(services: Services, mode: Mode, reads: readonly Read[]): Promise<void> {
  await applyReads(services, mode, reads, 'api').catch((error: unknown) => {
    throw isContentError(error) ? notDocumented(error) : error;
  });
}

function notDocumented(cause: unknown): Problem {
  return new Problem('polar_failed', {
    detail: 'What Polar says of this subscription is not what it documents.',
    cause,
  });
}
