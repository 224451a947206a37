import { actionOf, portalUrlOf } from '../base/grant-states.rules.ts';
import type { NewEvent } from '../tell/events/events.rules.ts';
import { passOn, type Passing } from '../tell/events/passed-on.rules.ts';
import { beginsSubscription, type ToldEvent } from './what-is-told.rules.ts';
import type { Route } from './routing.rules.ts';
import type { OrderSnapshot } from '../polar/snapshots.rules.ts';
import { isErased } from './erased.rules.ts';
import { customerOf } from './observed.rules.ts';
import type { PlanInput } from './plan-input.rules.ts';
import { hintOfApp, productOwner } from './route-observation.rules.ts';
import { sellerOfOrder, sellerOfSubscription } from './who-sold.rules.ts';

/** Adds to events the app that is told, and their body. */
export function tell(input: PlanInput, route: Route, told: readonly ToldEvent[]): NewEvent[] {
  const app = input.rows.apps.find((row) => row.id === route.appId);
  if (!app || told.length === 0) return [];
  const { observation, mode } = input;
  const passing = passingTo(input, { ...route, appId: app.id });
  return told.map((event) => ({
    key: event.key,
    unlessTold: event.unlessTold,
    nextAttemptAt: event.nextAttemptAt,
    type: event.type,
    appId: app.id,
    appSlug: app.slug,
    mode,
    paymentId: route.paymentId,
    customerId: customerOf(observation),
    occurredAt: observation.occurredAt,
    polar: { type: event.polarType, data: passOn(event.polarType, observation.data, passing) },
    ...(event.showsGrant ? showGrant(input, app.slug) : {}),
    ...(event.discount ? { discount: event.discount } : {}),
  }));
}

/** How the grant at hand stands, and what its customer has to do. */
function showGrant(
  { observation: { main }, gatewayUrl }: PlanInput,
  appSlug: string,
): Pick<NewEvent, 'grant'> {
  if (main.kind !== 'grant') return {};
  const { id, state, benefitId, benefitType, error } = main.row;
  return {
    grant: {
      id,
      state,
      benefit: { id: benefitId, type: benefitType },
      action: actionOf(state, benefitType, portalUrlOf(gatewayUrl, appSlug)),
      error: error && {
        type: error.type,
        message: error.message,
        at: error.at === null ? null : new Date(error.at).toISOString(),
      },
    },
  };
}

function passingTo(input: PlanInput, route: Route & { appId: string }): Passing {
  const { rows, observation } = input;
  const { orderId, subscriptionId } = observation.links;
  const ownsProduct = (id: unknown) => typeof id === 'string' && productOwner(input, id) === route.appId;
  const purchase =
    rows.subscriptions.find((row) => row.id === subscriptionId) ??
    rows.orders.find((row) => row.id === orderId);
  return {
    email: carriedAddress(input, route),
    ownsProduct,
    ownsBenefit: (id) => {
      if (!ownsProduct(purchase?.productId)) return false;
      const product = rows.products.find((row) => row.id === purchase?.productId);
      // While the whole product is not stored, only its owner is known.
      return product?.benefitIds?.some((benefitId) => benefitId === id) ?? true;
    },
    sold: soldBy(input, route.appId),
  };
}

/** Whether the order and the subscription at hand began at a checkout of `appId`, which has not erased its customer since. */
function soldBy(input: PlanInput, appId: string): Passing['sold'] {
  const { main, embedded, links } = input.observation;
  const orderRow =
    main.kind === 'order' ? main.row : input.rows.orders.find((row) => row.id === links.orderId);
  if (main.kind === 'other' && main.row.kind === 'checkout') {
    const payment = input.rows.payments.find((row) => row.checkoutId === main.row.id);
    const isItsOwn = payment?.appId === appId && !isErased(input, appId, payment.createdAt);
    return { order: isItsOwn, subscription: false };
  }
  const shown = [main, ...embedded].find((part) => part.kind === 'subscription');
  const subscription =
    shown?.kind === 'subscription'
      ? shown.row
      : input.rows.subscriptions.find((row) => row.id === links.subscriptionId);
  const isOwn = (productId: string | null) => productOwner(input, productId) === appId;
  return {
    order:
      orderRow !== undefined &&
      sellerOfOrder(input, orderRow) === appId &&
      !isErased(input, appId, beginOf(input, appId)),
    // Once it has another app's product, Polar adds to it what was typed at that app's checkout.
    subscription:
      subscription !== undefined &&
      sellerOfSubscription(input, subscription.id) === appId &&
      isOwn(subscription.productId) &&
      !isErased(input, appId, subscription.createdAt),
  };
}

/** When the purchase at hand began, as far as it is known. */
function beginOf({ observation: { main, links }, rows }: PlanInput, appId: string): number | undefined {
  const orderId = main.kind === 'order' ? main.row.id : links.orderId;
  const payment = rows.payments.find((row) => row.appId === appId && row.orderId === orderId);
  return payment?.createdAt ?? (main.kind === 'order' ? main.row.createdAt : undefined);
}

/**
 * The address that the app's purchase came with. The customer's present address is not told: an app can sell to an
 * address that nobody has proven, and would learn its owner's next one (ADR 45).
 */
export function carriedAddress(
  input: PlanInput,
  { appId, paymentId }: Route & { appId: string },
): string | null {
  const { observation, rows } = input;
  const { main } = observation;
  const payment = rows.payments.find((row) => row.id === paymentId && row.appId === appId);
  if (isErased(input, appId, payment?.createdAt ?? beginOf(input, appId))) return null;
  if (payment && (payment.orderId ?? payment.subscriptionId) !== null) return payment.customerEmail;
  if (main.kind === 'order' && followsAnother(main.row)) return addressOfFirst(input, appId, main.row);
  const seen = addressSeen(input);
  if (payment) return seen ?? payment.customerEmail;
  return main.kind === 'order' ? seen : null;
}

/** The customer's address in the observation itself. */
export function addressSeen({ observation }: PlanInput): string | null {
  return observation.embedded.find((part) => part.kind === 'customer')?.row.email ?? null;
}

/** Whether an order of a subscription has no checkout of its own. */
function followsAnother(order: OrderSnapshot): boolean {
  return order.checkoutId === null && order.subscriptionId !== null && !beginsSubscription(order);
}

/** The address of the purchase that began the subscription of such an order. */
function addressOfFirst(input: PlanInput, appId: string, order: OrderSnapshot): string | null {
  const stored = input.rows.subscriptions.find((row) => row.id === order.subscriptionId);
  const first =
    hintOfApp(input, appId) ??
    input.rows.payments.find((row) => row.id === stored?.paymentId && row.appId === appId);
  return first?.customerId === order.customerId ? first.customerEmail : null;
}

/** The first order that an app has of a customer makes the customer new to it. */
export function tellNewCustomer(input: PlanInput, route: Route): NewEvent[] {
  const { main, embedded } = input.observation;
  if (main.kind !== 'order') return [];
  const customer = embedded.find((part) => part.kind === 'customer');
  const type = 'customer.created';
  const told = tell(input, route, [{ key: `${type}:${main.row.customerId}`, type, polarType: 'order.paid' }]);
  return told.map((event) => ({
    ...event,
    paymentId: null,
    polar: {
      type,
      data: describeCustomer(
        main.row.customerId,
        route.appId === null ? null : carriedAddress(input, { ...route, appId: route.appId }),
        customer?.row.deletedAt ?? null,
      ),
    },
  }));
}

/**
 * Tells a customer's changes to each app that had sold to the customer by then, without Polar's object, which all apps
 * share (trust rule 7).
 */
export function tellCustomer(input: PlanInput): NewEvent[] {
  const { main, embedded, type, occurredAt } = input.observation;
  // Any object that shows a deleted customer tells of the deletion, since Polar's lists do not show the customer any
  // more (ADR 53).
  const gone = [main, ...embedded].find((part) => part.kind === 'customer' && part.row.deletedAt !== null);
  if (gone?.kind === 'customer') {
    const at = gone.row.deletedAt ?? occurredAt;
    return newsOf(input, gone.row, { type: 'customer.deleted', key: `customer.deleted:${gone.row.id}`, at });
  }
  if (main.kind !== 'customer') return [];
  if (type === 'customer.deleted')
    return newsOf(input, main.row, { type, key: `${type}:${main.row.id}`, at: occurredAt });
  if (type !== 'customer.updated') return [];
  // Polar sends `customer.updated` for changes at any app. An app is told only if something changed for it, or it would
  // learn that the customer did something at another app.
  return newsOf(input, main.row, { type, key: `${type}:${main.row.id}:${main.row.version}`, at: occurredAt });
}

function newsOf(
  input: PlanInput,
  { id, deletedAt }: { id: string; deletedAt: number | null },
  { type, key, at }: { type: string; key: string; at: number },
): NewEvent[] {
  return input.rows.relations
    .filter((relation) => relation.since <= at && (type !== 'customer.updated' || isNewsTo(relation)))
    .flatMap(({ appId, email }) =>
      tell(input, { appId, paymentId: null }, [{ key, type, polarType: type }]).map((event) => ({
        ...event,
        paymentId: null,
        occurredAt: at,
        polar: { type, data: describeCustomer(id, email, deletedAt) },
      })),
    );
}

/** Whether the app was last told another address than that of its newest purchase, or that the customer is deleted. */
function isNewsTo({
  email,
  toldLast,
}: {
  email: string | null;
  toldLast: { email: string | null; isGone: boolean } | null;
}) {
  if (toldLast === null) return false;
  const isAnother =
    email !== null && toldLast.email !== null && email.toLowerCase() !== toldLast.email.toLowerCase();
  return toldLast.isGone || isAnother;
}

function describeCustomer(id: string, email: string | null, deletedAt: number | null): object {
  return { id, email, deleted_at: deletedAt === null ? null : new Date(deletedAt).toISOString() };
}
