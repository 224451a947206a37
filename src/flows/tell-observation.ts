import type { Fact } from '../domain/facts.ts';
import { passOn, type Passing } from '../domain/passed-on.ts';
import { isRenewal, type ToldFact } from '../domain/polar-facts.ts';
import type { Route } from '../domain/routing.ts';
import type { OrderSnapshot } from '../domain/snapshots.ts';
import { customerOf } from '../storage/routing-rows.ts';
import type { PlanInput } from './plan-input.ts';
import { hintOfApp, productOwner } from './route-observation.ts';

/** Gives told facts their app and body. */
export function tell(input: PlanInput, route: Route, told: readonly ToldFact[]): Fact[] {
  const app = input.rows.apps.find((row) => row.id === route.appId);
  if (!app || told.length === 0) return [];
  const { observation, mode } = input;
  const passing = passingTo(input, { ...route, appId: app.id });
  return told.map((fact) => ({
    key: fact.key,
    unlessTold: fact.unlessTold,
    type: fact.type,
    appId: app.id,
    appSlug: app.slug,
    mode,
    paymentId: route.paymentId,
    customerId: customerOf(observation),
    occurredAt: observation.occurredAt,
    polar: { type: fact.polarType, data: passOn(fact.polarType, observation.data, passing) },
  }));
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
      const data = rows.products.find((row) => row.id === purchase?.productId)?.data;
      const benefits = data?.['benefits'];
      // While the product was not read, its owner is all there is to go by.
      return Array.isArray(benefits) ? benefits.some((benefit: { id?: unknown }) => benefit.id === id) : true;
    },
  };
}

/**
 * The address that the app's purchase came with. What the customer is called by now is not told: whoever sells for an
 * address, unproven, would learn its owner's next one.
 */
function carriedAddress(input: PlanInput, { appId, paymentId }: Route & { appId: string }): string | null {
  const { observation, rows } = input;
  const { main } = observation;
  const payment = rows.payments.find((row) => row.id === paymentId && row.appId === appId);
  if (payment && payment.orderId !== null) return payment.customerEmail;
  const seen = observation.embedded.find((part) => part.kind === 'customer')?.row.email ?? null;
  if (payment) return seen ?? payment.customerEmail;
  if (main.kind !== 'order') return null;
  return isRenewal(main.row) ? addressOfRenewal(input, appId, main.row) : seen;
}

/** A renewal's buyer goes by the address of the purchase that it renews. */
export function addressOfRenewal(input: PlanInput, appId: string, order: OrderSnapshot): string | null {
  const first = isRenewal(order) ? hintOfApp(input, appId) : undefined;
  return first?.customerId === order.customerId ? first.customerEmail : null;
}

/** The first order that an app has of a customer makes the customer new to it. */
export function tellNewCustomer(input: PlanInput, route: Route): Fact[] {
  const { main, embedded } = input.observation;
  if (main.kind !== 'order') return [];
  const customer = embedded.find((part) => part.kind === 'customer');
  const type = 'customer.created';
  const told = tell(input, route, [{ key: `${type}:${main.row.customerId}`, type, polarType: 'order.paid' }]);
  return told.map((fact) => ({
    ...fact,
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

/** A customer's own news goes to each app that knew the customer by then, in Floe's words: Polar's object spans all apps. */
export function tellCustomer(input: PlanInput): Fact[] {
  const { main, embedded, type, occurredAt } = input.observation;
  // Whatever shows a customer who is gone tells of it: Polar ends what they had, and its lists leave them out.
  const gone = [main, ...embedded].find((part) => part.kind === 'customer' && part.row.deletedAt !== null);
  if (gone?.kind === 'customer') {
    const at = gone.row.deletedAt ?? occurredAt;
    return newsOf(input, gone.row, { type: 'customer.deleted', key: `customer.deleted:${gone.row.id}`, at });
  }
  if (main.kind !== 'customer') return [];
  if (type === 'customer.deleted')
    return newsOf(input, main.row, { type, key: `${type}:${main.row.id}`, at: occurredAt });
  if (type !== 'customer.updated') return [];
  return newsOf(input, main.row, { type, key: `${type}:${main.row.id}:${main.row.version}`, at: occurredAt });
}

function newsOf(
  input: PlanInput,
  { id, deletedAt }: { id: string; deletedAt: number | null },
  { type, key, at }: { type: string; key: string; at: number },
): Fact[] {
  return input.rows.relations
    .filter((relation) => relation.since <= at)
    .flatMap(({ appId, email }) =>
      tell(input, { appId, paymentId: null }, [{ key, type, polarType: type }]).map((fact) => ({
        ...fact,
        paymentId: null,
        occurredAt: at,
        polar: { type, data: describeCustomer(id, email, deletedAt) },
      })),
    );
}

function describeCustomer(id: string, email: string | null, deletedAt: number | null): object {
  return { id, email, deleted_at: deletedAt === null ? null : new Date(deletedAt).toISOString() };
}
