import { type SQL, sql } from 'drizzle-orm';
import type { Fact, FactOrigin } from '../domain/facts.ts';
import { stableId } from '../domain/ids.ts';
import type { Mode } from '../domain/mode.ts';
import { decideOwner } from '../domain/ownership.ts';
import { type PaymentFields, viewPayment } from '../domain/payment.ts';
import {
  checkoutFacts,
  grantFacts,
  isPaid,
  isRenewal,
  orderFacts,
  otherFacts,
  refundFacts,
  seatFacts,
  subscriptionFacts,
  type ToldFact,
} from '../domain/polar-facts.ts';
import { type Route, routeToApp } from '../domain/routing.ts';
import type { Observation, OrderSnapshot, ProductSnapshot } from '../domain/snapshots.ts';
import type { RereadKind } from '../queue/messages.ts';
import type { Database, Statement } from '../storage/database.ts';
import {
  derivePayment,
  insertPaymentOfOrder,
  noteOrderPaid,
  ownGrantsOfSubscription,
} from '../storage/payment-rows.ts';
import { customerOf, readHint, type RoutingRows } from '../storage/routing-rows.ts';
import { grants, orders, refunds, subscriptions } from '../storage/schema.ts';
import { askAgain, isProductStale, isTie, projectSnapshot } from '../storage/snapshots.ts';

export interface PlanInput {
  database: Database;
  mode: Mode;
  observation: Observation;
  rows: RoutingRows;
  origin: FactOrigin;
  now: number;
}

/** What applying one observation will do, ready for one batch. */
export interface Plan {
  appId: string | null;
  /** What would route it, when nothing does yet; for a customer's own events, what could make further apps interested. */
  waitsFor: string | null;
  isUnrouted: boolean;
  /** Must see the rows as they were; each returns the rereads it made. */
  before: Statement[];
  /** Projections and what follows from them, in order. */
  changes: Statement[];
  facts: Fact[];
  /** Each returns the rereads it made. */
  rereads: Statement[];
  /** What has come: stored events that waited for these are applied again. */
  arrived: string[];
  refresh: { appId: string; customerIds: string[]; paymentIds: string[] } | undefined;
}

/** Turns an observation and what is known around it into changes. Reads nothing, decides only. */
export async function planChanges(input: PlanInput): Promise<Plan> {
  const { database, mode, observation, rows } = input;
  const { main } = observation;
  const plan: Plan = {
    appId: null,
    waitsFor: null,
    isUnrouted: false,
    before: [],
    changes: [],
    facts: [],
    rereads: [],
    arrived: [],
    refresh: undefined,
  };
  const route = await findRoute(input);
  plan.appId = route.appId;

  for (const part of observation.embedded) {
    const owner =
      part.kind === 'product'
        ? ownerOfProduct(rows, part.row)
        : part.kind === 'subscription'
          ? subscriptionOwner(input, route)
          : NOBODY;
    plan.changes.push(...projectSnapshot(database, mode, part, owner));
    if (part.kind === 'product' && part.row.data === null) {
      plan.rereads.push(
        again(
          input,
          'product',
          part.row.id,
          'seen only in part',
          isProductStale(mode, part.row.id, part.row.version),
        ),
      );
    }
  }
  plan.changes.push(
    ...projectSnapshot(
      database,
      mode,
      main,
      main.kind === 'subscription' ? subscriptionOwner(input, route) : route,
    ),
  );
  const tie = isTie(main, mode);
  if (tie && main.kind !== 'benefit' && main.kind !== 'other' && main.kind !== 'refund') {
    plan.before.push(
      again(
        input,
        main.kind === 'grant' ? 'grants' : main.kind,
        main.kind === 'grant' ? main.row.customerId : main.row.id,
        'two of one version',
        tie,
      ),
    );
  }

  switch (main.kind) {
    case 'order':
      await planOrder(input, main.row, route, plan);
      break;
    case 'subscription': {
      const stored = rows.subscriptions.find((row) => row.id === main.row.id && row.appId !== null);
      plan.facts.push(...tell(input, route, subscriptionFacts(observation.type, main.row, stored)));
      if (route.appId === null) waitFor(plan, `product:${main.row.productId}`);
      else {
        plan.arrived.push(`subscription:${main.row.id}`);
        plan.rereads.push(
          ...adoptUnowned(input, { orderId: null, subscriptionId: main.row.id }, main.row.customerId),
        );
      }
      break;
    }
    case 'refund':
      plan.facts.push(...tell(input, route, refundFacts(main.row)));
      if (route.appId === null) waitForPurchase(input, plan);
      break;
    case 'grant':
      plan.facts.push(
        ...tell(
          input,
          route,
          grantFacts(
            observation,
            rows.grants.find((row) => row.appId !== null),
          ),
        ),
      );
      if (route.appId === null) waitForPurchase(input, plan);
      break;
    case 'product':
      plan.facts.push(
        ...tell(input, route, otherFacts('product', observation.type, main.row.id, observation.occurredAt)),
      );
      if (route.appId !== null) plan.arrived.push(`product:${main.row.id}`);
      break;
    case 'benefit':
      break;
    case 'customer':
      plan.facts.push(...tellCustomer(input));
      // An app that meets this customer later is told of what happened since it did.
      plan.waitsFor = `customer:${main.row.id}`;
      break;
    case 'other':
      planOther(input, route, plan);
      break;
  }
  const customerId = customerOf(observation);
  if (
    route.appId !== null &&
    customerId !== null &&
    (main.kind === 'order' || main.kind === 'subscription' || main.kind === 'grant')
  ) {
    plan.refresh = {
      appId: route.appId,
      customerIds: [customerId],
      paymentIds: route.paymentId === null ? [] : [route.paymentId],
    };
  }
  return plan;
}

const NOBODY: Route = { appId: null, paymentId: null };

async function planOrder(input: PlanInput, order: OrderSnapshot, route: Route, plan: Plan): Promise<void> {
  const { database, mode, observation, now } = input;
  if (isPaid(order.status))
    plan.changes.push(noteOrderPaid(database, mode, order.id, observation.occurredAt));
  if (route.appId === null || route.paymentId === null) {
    waitFor(plan, `product:${order.productId ?? 'none'}`);
    return;
  }
  const hint = hintOfApp(input, route.appId);
  plan.changes.push(
    insertPaymentOfOrder(database, {
      id: route.paymentId,
      mode,
      appId: route.appId,
      kind: isRenewal(order) ? 'renewal' : 'checkout',
      order,
      externalCustomerId: hint?.externalCustomerId ?? null,
      metadata: hint?.metadata ?? {},
      now,
    }),
    derivePayment(database, route.paymentId, now),
  );
  if (order.subscriptionId && !isRenewal(order))
    plan.changes.push(ownGrantsOfSubscription(database, mode, order.subscriptionId, route.paymentId));
  plan.facts.push(...tell(input, route, orderFacts(observation.type, order, route.paymentId)));
  plan.facts.push(...tellNewCustomer(input, route));
  if (order.refundedAmount > 0) {
    const known = sql`(select coalesce(sum(r.amount), 0) from ${refunds} as r where r.mode = ${mode} and r.order_id = ${order.id} and r.status = 'succeeded') < ${order.refundedAmount}`;
    plan.rereads.push(again(input, 'refunds', order.id, 'refunded by more than is known', known));
  }
  plan.arrived.push(`order:${order.id}`);
  if (order.subscriptionId) plan.arrived.push(`subscription:${order.subscriptionId}`);
  // Only an app that is new to the customer, or has known it for longer than it knew, hears of the customer's past.
  const since = input.rows.relations.find((relation) => relation.appId === route.appId)?.since;
  if (since === undefined || order.createdAt < since) plan.arrived.push(`customer:${order.customerId}`);
  plan.rereads.push(
    ...adoptUnowned(input, { orderId: order.id, subscriptionId: order.subscriptionId }, order.customerId),
  );
}

function planOther(input: PlanInput, route: Route, plan: Plan): void {
  const { observation, database, now } = input;
  if (observation.main.kind !== 'other') return;
  const row = observation.main.row;
  switch (row.kind) {
    case 'checkout':
      if (route.paymentId !== null) {
        plan.changes.push(derivePayment(database, route.paymentId, now));
        plan.facts.push(...tell(input, route, checkoutFacts(row.status, route.paymentId)));
      }
      return;
    case 'seat':
      plan.facts.push(...tell(input, route, seatFacts(observation.type, row.id, row.version)));
      if (route.appId === null) waitForPurchase(input, plan);
      return;
    case 'customer_state': {
      const granted = JSON.stringify(readIds(row.data['granted_benefits']));
      const differs = sql`exists (
          select 1 from json_each(${granted}) as w where not exists (
            select 1 from ${grants} as g where g.mode = ${input.mode} and g.id = w.value and g.app_id is not null and g.is_granted = 1))
        or exists (
          select 1 from ${grants} as g where g.mode = ${input.mode} and g.customer_id = ${row.id} and g.is_granted = 1
            and g.id not in (select value from json_each(${granted})))`;
      // The state may run ahead of the grants' own events, or behind: Polar is asked a minute later, see reread.ts.
      plan.rereads.push(
        askAgain(
          database,
          { mode: input.mode, kind: 'grants', id: row.id, reason: 'the customer’s state differs' },
          { now, at: now + STATE_PATIENCE_MS },
          differs,
        ),
      );
      return;
    }
    default:
      plan.facts.push(
        ...tell(input, route, otherFacts(row.kind, observation.type, row.id, observation.occurredAt)),
      );
      if (route.appId === null) waitForPurchase(input, plan);
  }
}

const STATE_PATIENCE_MS = 60_000;

function readIds(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) =>
    typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string' ? [item.id] : [],
  );
}

/** The app and payment of an observation's main object. */
async function findRoute(input: PlanInput): Promise<Route> {
  const { observation, rows, mode } = input;
  const { main, links } = observation;
  switch (main.kind) {
    case 'order': {
      const known = rows.orders.find((row) => row.id === main.row.id);
      const byCheckout = paymentOfCheckout(input);
      const appId = routeToApp({
        productId: main.row.productId,
        known: known ?? asRoute(rows.payments.find((row) => row.orderId === main.row.id)),
        byCheckout: asRoute(byCheckout),
        bySubscription: rows.subscriptions.find((row) => row.id === main.row.subscriptionId),
        byHint: asHint(paymentOfHint(input)),
        productOwner: productOwner(input, main.row.productId),
      });
      if (appId === undefined) return NOBODY;
      const paymentId =
        known?.paymentId ??
        byCheckout?.id ??
        (await stableId('pay', `${mode}:${main.row.id}`, main.row.createdAt));
      return { appId, paymentId };
    }
    case 'subscription': {
      const known = rows.subscriptions.find((row) => row.id === main.row.id);
      const byCheckout = paymentOfCheckout(input);
      const hint = paymentOfHint(input);
      const appId = routeToApp({
        productId: main.row.productId,
        known,
        byCheckout: asRoute(byCheckout),
        bySubscription: undefined,
        byHint: asHint(hint),
        productOwner: productOwner(input, main.row.productId),
      });
      if (appId === undefined) return NOBODY;
      const hinted = hint?.appId === appId ? hint.id : null;
      return { appId, paymentId: known?.paymentId ?? byCheckout?.id ?? hinted };
    }
    case 'product':
      return ownerOfProduct(rows, main.row);
    case 'refund':
    case 'grant':
      return routeOfPurchase(input);
    case 'other': {
      const purchase = routeOfPurchase(input);
      if (purchase.appId !== null) return purchase;
      const byCheckout = asRoute(paymentOfCheckout(input));
      if (byCheckout) return byCheckout;
      return { appId: productOwner(input, links.productId) ?? null, paymentId: null };
    }
    case 'benefit':
    case 'customer':
      return NOBODY;
  }
}

/** What an app bought through is what routes a grant, a refund, a seat: never the benefit. */
function routeOfPurchase({ observation: { links }, rows }: PlanInput): Route {
  const purchase =
    rows.orders.find((row) => row.id === links.orderId && row.appId !== null) ??
    rows.subscriptions.find((row) => row.id === links.subscriptionId && row.appId !== null);
  return purchase ? { appId: purchase.appId, paymentId: purchase.paymentId } : NOBODY;
}

/** A subscription belongs to the payment that began it: a renewal's own payment is another. */
function subscriptionOwner(input: PlanInput, route: Route): Route {
  const { main } = input.observation;
  if (main.kind !== 'order' || !isRenewal(main.row)) return route;
  const hint = paymentOfHint(input);
  return { appId: route.appId, paymentId: hint && hint.appId === route.appId ? hint.id : null };
}

function paymentOfCheckout({ rows, observation: { links } }: PlanInput) {
  return links.checkoutId === null
    ? undefined
    : rows.payments.find((row) => row.checkoutId === links.checkoutId);
}

function paymentOfHint({ rows, observation }: PlanInput) {
  const hint = readHint(observation);
  return hint === undefined ? undefined : rows.payments.find((row) => row.id === hint);
}

/** The hinted payment, if it is of the app that the purchase was routed to: another app's says nothing to this one. */
function hintOfApp(input: PlanInput, appId: string | null) {
  const hint = paymentOfHint(input);
  return hint?.appId === appId ? hint : undefined;
}

function asRoute(payment: { appId: string; id: string } | undefined): Route | undefined {
  return payment && { appId: payment.appId, paymentId: payment.id };
}

function asHint(payment: { appId: string; id: string; productId: string | null } | undefined) {
  return payment && { appId: payment.appId, paymentId: payment.id, productId: payment.productId };
}

function productOwner({ rows, observation }: PlanInput, productId: string | null): string | undefined {
  const stored = rows.products.find((row) => row.id === productId);
  if (stored) return stored.appId ?? undefined;
  const seen = observation.embedded.find((part) => part.kind === 'product' && part.row.id === productId);
  return seen?.kind === 'product' ? (ownerOfProduct(rows, seen.row).appId ?? undefined) : undefined;
}

function ownerOfProduct(rows: RoutingRows, product: ProductSnapshot): Route {
  const stored = rows.products.find((row) => row.id === product.id);
  return {
    appId: decideOwner({ ...product, assignedAppId: stored?.assignedAppId ?? null }, rows.apps) ?? null,
    paymentId: null,
  };
}

function waitFor(plan: Plan, what: string): void {
  plan.waitsFor = what;
  plan.isUnrouted = true;
}

/** Its purchase is not known (yet): it may come by itself, and it is asked for. */
function waitForPurchase(input: PlanInput, plan: Plan): void {
  const { orderId, subscriptionId, productId } = input.observation.links;
  if (orderId !== null) {
    waitFor(plan, `order:${orderId}`);
    plan.rereads.push(
      again(
        input,
        'order',
        orderId,
        'unknown purchase',
        sql`not exists (select 1 from ${orders} as t where t.mode = ${input.mode} and t.id = ${orderId})`,
      ),
    );
  } else if (subscriptionId !== null) {
    waitFor(plan, `subscription:${subscriptionId}`);
    plan.rereads.push(
      again(
        input,
        'subscription',
        subscriptionId,
        'unknown purchase',
        sql`not exists (select 1 from ${subscriptions} as t where t.mode = ${input.mode} and t.id = ${subscriptionId})`,
      ),
    );
  } else if (productId !== null) {
    waitFor(plan, `product:${productId}`);
  }
}

function again(input: PlanInput, kind: RereadKind, id: string, reason: string, onlyIf: SQL): Statement {
  return askAgain(
    input.database,
    { mode: input.mode, kind, id, reason },
    { now: input.now, at: input.now },
    onlyIf,
  );
}

/**
 * Grants and refunds that were read from Polar before their purchase was known have no event to apply again: they are
 * read again, now that they can be routed and told.
 */
function adoptUnowned(
  input: PlanInput,
  purchase: { orderId: string | null; subscriptionId: string | null },
  customerId: string,
): Statement[] {
  const { mode } = input;
  const unowned = sql`exists (select 1 from ${grants} as g where g.mode = ${mode} and g.order_id = ${purchase.orderId} and g.app_id is null)
    or exists (select 1 from ${grants} as g where g.mode = ${mode} and g.subscription_id = ${purchase.subscriptionId} and g.app_id is null)`;
  const asked = [again(input, 'grants', customerId, 'read before their purchase', unowned)];
  if (purchase.orderId !== null) {
    const refund = sql`exists (select 1 from ${refunds} as r where r.mode = ${mode} and r.order_id = ${purchase.orderId} and r.app_id is null)`;
    asked.push(again(input, 'refunds', purchase.orderId, 'read before their purchase', refund));
  }
  return asked;
}

/** Gives told facts their app and body. */
function tell(input: PlanInput, route: Route, told: readonly ToldFact[]): Fact[] {
  const app = input.rows.apps.find((row) => row.id === route.appId);
  if (!app) return [];
  const { observation, mode } = input;
  const payment = describePayment(input, route);
  return told.map((fact) => ({
    key: fact.key,
    type: fact.type,
    appId: app.id,
    appSlug: app.slug,
    mode,
    paymentId: route.paymentId,
    customerId: customerOf(observation),
    occurredAt: observation.occurredAt,
    payment,
    polar: { type: fact.polarType, data: observation.data },
  }));
}

/** The payment as it will be after this observation, as far as the observation and its own row tell. */
function describePayment(input: PlanInput, { appId, paymentId }: Route): object | null {
  if (paymentId === null) return null;
  const { observation, rows } = input;
  const row = rows.payments.find((payment) => payment.id === paymentId && payment.appId === appId);
  const { main } = observation;
  if (main.kind !== 'order') return row ? viewPayment(row) : { id: paymentId };
  const order = main.row;
  const hint = hintOfApp(input, appId);
  const base: PaymentFields = row ?? {
    id: paymentId,
    status: 'pending',
    kind: isRenewal(order) ? 'renewal' : 'checkout',
    method: 'polar',
    productId: order.productId,
    amount: null,
    refundedAmount: 0,
    currency: null,
    customerId: null,
    externalCustomerId: hint?.externalCustomerId ?? null,
    customerEmail: null,
    checkoutId: order.checkoutId,
    checkoutUrl: null,
    orderId: order.id,
    subscriptionId: order.subscriptionId,
    metadata: hint?.metadata ?? {},
    createdAt: order.createdAt,
    succeededAt: null,
    expiresAt: null,
  };
  const customer = observation.embedded.find((part) => part.kind === 'customer');
  return viewPayment({
    ...base,
    status: isPaid(order.status) ? 'succeeded' : order.status === 'void' ? 'failed' : 'pending',
    amount: order.totalAmount,
    refundedAmount: order.refundedAmount,
    currency: order.currency,
    customerId: order.customerId,
    customerEmail: customer?.row.email ?? base.customerEmail,
    orderId: order.id,
    subscriptionId: order.subscriptionId,
    succeededAt: base.succeededAt ?? (isPaid(order.status) ? observation.occurredAt : null),
  });
}

/** The first order that an app has of a customer makes the customer new to it. */
function tellNewCustomer(input: PlanInput, route: Route): Fact[] {
  const { main, embedded } = input.observation;
  if (main.kind !== 'order') return [];
  const customer = embedded.find((part) => part.kind === 'customer');
  const told = tell(input, route, [
    {
      key: `customer.created:${main.row.customerId}`,
      type: 'customer.created',
      polarType: 'customer.created',
    },
  ]);
  return told.map((fact) => ({
    ...fact,
    paymentId: null,
    payment: null,
    polar: { type: 'customer.created', data: describeCustomer(main.row.customerId, customer?.row) },
  }));
}

/** A customer's own news goes to each app that knew the customer by then, in Floe's words: Polar's object spans all apps. */
function tellCustomer(input: PlanInput): Fact[] {
  const { main, type, occurredAt } = input.observation;
  if (main.kind !== 'customer' || (type !== 'customer.updated' && type !== 'customer.deleted')) return [];
  const key =
    type === 'customer.deleted'
      ? `customer.deleted:${main.row.id}`
      : `customer.updated:${main.row.id}:${main.row.version}`;
  return input.rows.relations
    .filter((relation) => relation.since <= occurredAt)
    .flatMap((relation) =>
      tell(input, { appId: relation.appId, paymentId: null }, [{ key, type, polarType: type }]),
    )
    .map((fact) => ({ ...fact, polar: { type, data: describeCustomer(main.row.id, main.row) } }));
}

function describeCustomer(
  id: string,
  row: { email: string | null; name: string | null; deletedAt: number | null } | undefined,
): object {
  return {
    id,
    email: row?.email ?? null,
    name: row?.name ?? null,
    deleted_at: row?.deletedAt ? new Date(row.deletedAt).toISOString() : null,
  };
}
