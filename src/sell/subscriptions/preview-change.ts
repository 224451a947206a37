import type { $ZodType } from 'zod/v4/core';
import type * as z from 'zod/mini';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import {
  discountProducts,
  organizationTerms,
  productTerms,
  type ProductTerms,
  subscriptionTerms,
  type SubscriptionTerms,
} from '../../polar/terms.rules.ts';
import { chooseProration } from '../plans/find-families.ts';
import { refusedProduct } from '../open-polar-checkout.ts';
import { requireOwnProduct } from './change-subscription.ts';
import type { Proration } from './changes.rules.ts';
import { requireSubscription } from './list-subscriptions.ts';
import { previewChange, type Preview, pricesIn } from './preview.rules.ts';
import { refusedByState, refusedField } from './refused-change.ts';
import { findDiscountedSince } from './subscriptions.rows.ts';
import type { PreviewView } from './subscriptions.answers.ts';

export interface PreviewRequest {
  productId?: string | undefined;
  seats?: number | undefined;
  proration?: Proration | undefined;
}

/** Polar's own default, when the organization's setting cannot be read. */
const DEFAULT_PRORATION = 'prorate';

/**
 * What a change of one of the app's subscriptions would cost. Polar has no operation for it, so it is computed from what Polar says
 * of the subscription and the product now. Nothing is written.
 * @throws {Problem} `not_found`, the refusals of the change itself, `polar_…`
 */
export async function previewSubscriptionChange(
  services: Services,
  app: AppRow,
  id: string,
  { productId, seats, proration }: PreviewRequest,
): Promise<PreviewView> {
  const row = await requireSubscription(services, app, id);
  // What is left of another app's product would tell what it costs (trust rule 7).
  if (row.productOwner !== app.id) throw notOwnProduct();
  if (productId !== undefined) await requireOwnProduct(services, app, productId);
  const polar = services.polar(app.mode);
  const [found, sold] = await Promise.all([
    polar.fetchObject('subscription', id),
    productId === undefined ? undefined : polar.fetchObject('product', productId),
  ]);
  if (!found) throw new Problem('not_found', { detail: 'Polar has no such subscription any more.' });
  if (productId !== undefined && !sold) throw refusedProduct('unknown_product');
  const subscription = parse(subscriptionTerms(), found.data);
  const product = sold && parse(productTerms(), sold.data);
  requireChangeable(subscription, product, seats);
  const [when, isDiscounted, discountedSince] = await Promise.all([
    proration ?? chooseDefault(services, app, subscription, productId),
    isDiscountFor(services, app, subscription, product),
    subscription.discount
      ? findDiscountedSince(services.database, app.mode, id, subscription.discount.id)
      : null,
  ]);
  const preview = previewChange({
    subscription,
    ...(product ? { product } : {}),
    ...(seats === undefined ? {} : { seats }),
    proration: when,
    isDiscounted,
    discountedSince,
    now: services.now(),
  });
  return presentPreview(subscription, when, preview);
}

function notOwnProduct(): Problem {
  return new Problem('conflict', {
    detail:
      'The product that this subscription has now is not this app’s, so what is left of it is not told.',
  });
}

function parse<S extends $ZodType>(schema: S, data: unknown): z.output<S> {
  const read = (schema as unknown as z.ZodMiniType<z.output<S>>).safeParse(data);
  if (read.success) return read.data;
  throw new Problem('polar_failed', {
    detail: 'What Polar says of this subscription is not what it documents.',
    cause: read.error,
  });
}

/** What would refuse the change itself. */
function requireChangeable(
  subscription: SubscriptionTerms,
  product: ProductTerms | undefined,
  seats: number | undefined,
): void {
  const { status, currency } = subscription;
  if (subscription.ended_at) throw refusedByState('subscription_ended');
  if (subscription.cancel_at_period_end) throw new Problem('subscription_ending');
  const isActive = status === 'active' || status === 'trialing' || (product && status === 'past_due');
  if (!isActive) throw new Problem('subscription_inactive');
  if (seats !== undefined && !subscription.prices.some((price) => price.amount_type === 'seat_based'))
    throw refusedField('seats', 'This subscription has no seats.');
  if (!product) return;
  const prices = pricesIn(product, currency);
  const why = !product.is_recurring
    ? 'This product does not recur.'
    : prices.length === 0
      ? `This product has no price in ${currency}.`
      : prices.some((price) => price.amount_type === 'custom')
        ? 'What this product costs the buyer chooses, so a subscription cannot change to it.'
        : undefined;
  if (why !== undefined) throw refusedField('product_id', why);
}

/** As the change itself chooses it. */
async function chooseDefault(
  services: Services,
  app: AppRow,
  { product_id: from, product }: SubscriptionTerms,
  to: string | undefined,
): Promise<Proration> {
  const chosen = to === undefined ? undefined : await chooseProration(services, app, { from, to });
  return chosen ?? fetchDefaultProration(services, app, product.organization_id);
}

async function fetchDefaultProration(
  services: Services,
  app: AppRow,
  organizationId: string,
): Promise<Proration> {
  // A token may lack the scope for it.
  const read = await services
    .polar(app.mode)
    .fetchOrganization(organizationId)
    .catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'polar_unavailable') throw error;
      return undefined;
    });
  const behavior = organizationTerms().safeParse(read?.data).data?.subscription_settings.proration_behavior;
  return behavior === 'invoice' || behavior === 'next_period' ? behavior : DEFAULT_PRORATION;
}

/** One that was deleted lowers the subscriptions that have it all the same; which products it was for, nobody says then. */
async function isDiscountFor(
  services: Services,
  app: AppRow,
  { discount }: SubscriptionTerms,
  product: ProductTerms | undefined,
): Promise<boolean> {
  if (!discount || !product) return true;
  const read = await services.polar(app.mode).fetchDiscount(discount.id);
  const { data } = discountProducts().safeParse(read?.data);
  return !data || data.products.length === 0 || data.products.some(({ id }) => id === product.id);
}

function presentPreview(
  { currency }: SubscriptionTerms,
  proration: Proration,
  { takesEffectAt, now, nextRenewal, amount }: Preview,
): PreviewView {
  const toIso = (at: number) => new Date(at).toISOString();
  return {
    estimated: true,
    proration,
    currency,
    takes_effect_at: toIso(takesEffectAt),
    now,
    next_renewal: nextRenewal && { ...nextRenewal, at: toIso(nextRenewal.at) },
    amount,
  };
}
