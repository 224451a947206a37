import {
  APPS,
  type AppName,
  type BenefitName,
  GRANT_OPENS,
  PRODUCT_NAMES,
  type ProductName,
  PRODUCTS,
} from './catalogue.ts';
import { occurrenceOf } from './occurrences.ts';

/* Compares what the gateway says, and what the shops heard, with Polar’s books. Pure: evidence in, verdicts out. */

/** Polar’s books, as `/_sim/books` gives them. */
export interface Books {
  payments: {
    id: string;
    is_paid: boolean;
    amount: number;
    net_amount: number;
    tax_amount: number;
    refunded_amount: number;
    refunded_tax_amount: number;
    currency: string;
    billing_reason: string;
    customer_id: string;
    product_id: string;
    subscription_id: string | null;
    gateway_payment_id: string | null;
  }[];
  refunds: { id: string; order_id: string; status: string; amount: number; revoke_benefits: boolean }[];
  live_purchases: { kind: string; id: string; status: string; customer_id: string; product_id: string }[];
  live_grants: Record<
    string,
    { id: string; benefit_id: string; order_id: string | null; subscription_id: string | null }[]
  >;
}

/** A payment as `GET /v1/payments` shows it. */
export interface KnownPayment {
  id: string;
  status: string;
  kind: string;
  disputed: boolean;
  product: { id: string | null };
  amount: number | null;
  net_amount: number | null;
  tax_amount: number | null;
  refunded_amount: number;
  refunded_tax_amount: number;
  currency: string | null;
  customer: { id: string | null };
  order_id: string | null;
  subscription_id: string | null;
}

/** An event as `GET /v1/events` shows it. */
export interface KnownEvent {
  id: string;
  type: string;
  sequence: number;
  payment_sequence: number | null;
  payment_id: string | null;
  /** Of its bytes. */
  digest: string;
  body: EventBody;
}

export interface EventBody {
  type: string;
  timestamp: string;
  data: {
    app: string;
    payment?: { id: string } | null | undefined;
    polar?: { type: string; data: Record<string, unknown> } | null | undefined;
    endpoint?: { id: string } | null | undefined;
    discount?: unknown;
  };
}

/** What a healthy endpoint wrote down. */
interface Heard {
  webhookId: string;
  digest: string;
  app: string;
  isValid: boolean;
}

export interface Evidence {
  books: Books;
  productIds: Record<ProductName, string>;
  benefitIds: Record<BenefitName, string>;
  slugs: Record<AppName, string>;
  payments: Record<AppName, KnownPayment[]>;
  events: Record<AppName, KnownEvent[]>;
  /** The healthy endpoints’ arrivals, and their ids. */
  heard: Record<AppName, Heard[]>;
  endpointIds: Record<AppName, string>;
  /** Arrivals at all other endpoints: they must be true too, though they may be few. */
  heardElsewhere: Record<AppName, Heard[]>;
  /** The endpoint that asked for the order of each payment: what it wants, and its arrivals, first to last. */
  ordered: { app: AppName; wants: readonly string[]; arrivals: { webhookId: string; isAccepted: boolean }[] };
  /** A chat and a Worker, which take everything: what each wants, and its arrivals. */
  places: {
    app: AppName;
    name: string;
    /** What it is sent is made of the event, and is not the event's bytes. */
    isWrittenAnew: boolean;
    wants: readonly string[];
    endpointId: string;
    arrivals: Heard[];
  }[];
  /** For each customer, what the gateway lets pass. */
  access: Record<AppName, Map<string, Set<string>>>;
  /** Polar events that the gateway answered 2xx, by `webhook-id`, and those it has, with their status. */
  acknowledged: string[];
  kept: Map<string, string>;
}

export interface Verdict {
  check: string;
  /** How many things were looked at. */
  examined: number;
  violations: string[];
}

/** All verdicts, in the order they are reported. A check that looked at nothing has not passed. */
export function judge(evidence: Evidence): Verdict[] {
  return [
    judgePayments(evidence),
    judgeInvented(evidence),
    judgeAccess(evidence),
    judgeEventsTold(evidence),
    judgeToldOnce(evidence),
    judgeSequences(evidence),
    judgeDelivered(evidence),
    judgeBytes(evidence),
    judgeOrder(evidence),
    judgePlaces(evidence),
    judgeEffects(evidence),
    judgeKept(evidence),
  ].map((verdict) =>
    verdict.examined > 0 ? verdict : { ...verdict, violations: ['There was nothing to look at.'] },
  );
}

function appOf({ productIds }: Pick<Evidence, 'productIds'>, productId: string | null): AppName | undefined {
  const name = PRODUCT_NAMES.find((each) => productIds[each] === productId);
  return name && PRODUCTS[name].app;
}

function judgePayments(evidence: Evidence): Verdict {
  const violations: string[] = [];
  const byOrder = {
    quay: groupByOrder(evidence.payments.quay),
    atlas: groupByOrder(evidence.payments.atlas),
  };
  for (const order of evidence.books.payments) {
    const app = appOf(evidence, order.product_id);
    for (const each of APPS) {
      const known = byOrder[each].get(order.id) ?? [];
      if (each !== app) {
        if (known.length > 0) violations.push(`order ${order.id} of ${app} is a payment of ${each}’s`);
        continue;
      }
      const [payment, ...more] = known;
      if (!payment || more.length > 0) {
        violations.push(`order ${order.id} is ${known.length} payments of ${each}’s`);
        continue;
      }
      const isRenewal = order.billing_reason === 'subscription_cycle';
      const expected = {
        status: statusOf(order),
        kind: isRenewal ? 'renewal' : 'checkout',
        id: isRenewal ? payment.id : order.gateway_payment_id,
        amount: order.amount,
        net_amount: order.net_amount,
        tax_amount: order.tax_amount,
        refunded_amount: order.refunded_amount,
        refunded_tax_amount: order.refunded_tax_amount,
        currency: order.currency,
        customer: order.customer_id,
        product: order.product_id,
        subscription_id: order.subscription_id,
      };
      for (const [field, value] of Object.entries(expected)) {
        const shown: unknown = Reflect.get(payment, field);
        const actual = field === 'customer' || field === 'product' ? payment[field].id : shown;
        if (actual !== value)
          violations.push(
            `payment ${payment.id} (order ${order.id}): ${field} is ${String(actual)}, Polar’s books say ${String(value)}`,
          );
      }
      if (isRenewal && payment.id === order.gateway_payment_id)
        violations.push(`renewal ${order.id} is the first payment ${payment.id} again`);
    }
  }
  return { check: 'payments are what the books say', examined: evidence.books.payments.length, violations };
}

function statusOf(order: Books['payments'][number]): string {
  if (!order.is_paid) return 'pending';
  if (order.refunded_amount === 0) return 'succeeded';
  return order.refunded_amount < order.net_amount ? 'partially_refunded' : 'refunded';
}

function groupByOrder(payments: readonly KnownPayment[]): Map<string | null, KnownPayment[]> {
  return Map.groupBy(payments, (payment) => payment.order_id);
}

const PAID = new Set(['succeeded', 'partially_refunded', 'refunded']);

function judgeInvented({ books, payments }: Evidence): Verdict {
  const paid = new Set(books.payments.filter((order) => order.is_paid).map((order) => order.id));
  const all = APPS.flatMap((app) => payments[app]);
  return {
    check: 'no payment is invented',
    examined: all.length,
    violations: all
      .filter(({ status, order_id }) => PAID.has(status) && !paid.has(order_id ?? ''))
      .map(({ id, order_id }) => `payment ${id} was paid (order ${order_id}), the books know nothing of it`),
  };
}

/** What a customer may use in an app, by the books alone. */
function expectedAccess(evidence: Evidence, app: AppName, customerId: string): Set<string> {
  const { books, productIds, benefitIds } = evidence;
  const open = new Set<string>();
  const grants = books.live_grants[customerId] ?? [];
  for (const grant of grants) {
    const bought = books.payments.find((order) =>
      grant.order_id === null ? order.subscription_id === grant.subscription_id : order.id === grant.order_id,
    );
    if (appOf(evidence, bought?.product_id ?? null) !== app) continue;
    // What was paid back whole holds nothing, whatever grants Polar left (ADR 50).
    if (grant.order_id !== null && !books.live_purchases.some(({ id }) => id === grant.order_id)) continue;
    const benefit = (['library', 'guides', 'feed'] as const).find(
      (name) => benefitIds[name] === grant.benefit_id,
    );
    open.add(`benefit:${grant.benefit_id}`);
    if (benefit) open.add(GRANT_OPENS[benefit]);
  }
  for (const purchase of books.live_purchases) {
    if (purchase.customer_id !== customerId) continue;
    if (purchase.status === 'past_due' && !grants.some((grant) => grant.subscription_id === purchase.id))
      continue;
    // A refund that took the benefits took what the product itself opens, too, while none of its grants is back (ADR 49).
    const isTakenBack = books.refunds.some(
      (refund) => refund.order_id === purchase.id && refund.status === 'succeeded' && refund.revoke_benefits,
    );
    if (isTakenBack && !grants.some((grant) => grant.order_id === purchase.id)) continue;
    const name = PRODUCT_NAMES.find((each) => productIds[each] === purchase.product_id);
    if (!name || PRODUCTS[name].app !== app) continue;
    for (const resource of [`product:${purchase.product_id}`, ...PRODUCTS[name].opens]) open.add(resource);
  }
  return open;
}

/** Every resource that is asked about. */
export function allResources({
  productIds,
  benefitIds,
}: Pick<Evidence, 'productIds' | 'benefitIds'>): string[] {
  return [
    ...new Set([
      ...PRODUCT_NAMES.flatMap((name) => [`product:${productIds[name]}`, ...PRODUCTS[name].opens]),
      ...Object.values(benefitIds).map((id) => `benefit:${id}`),
      ...Object.values(GRANT_OPENS),
    ]),
  ];
}

/** Everybody who ever bought. */
export function allCustomers(books: Books): string[] {
  return [...new Set(books.payments.map((order) => order.customer_id))];
}

function judgeAccess(evidence: Evidence): Verdict {
  const violations: string[] = [];
  let examined = 0;
  for (const app of APPS) {
    for (const customer of allCustomers(evidence.books)) {
      const expected = expectedAccess(evidence, app, customer);
      const allowed = evidence.access[app].get(customer);
      if (!allowed) {
        violations.push(`${app} was not asked about the customer ${customer}`);
        continue;
      }
      for (const resource of allResources(evidence)) {
        examined += 1;
        if (expected.has(resource) === allowed.has(resource)) continue;
        violations.push(
          `${app}: customer ${customer} ${allowed.has(resource) ? 'may' : 'may not'} use ${resource}, by the books it is the other way`,
        );
      }
    }
  }
  return { check: 'grants and purchases open what they should', examined, violations };
}

/** What must have been told, by the books, as occurrences. */
function expectedOccurrences(evidence: Evidence, app: AppName): Set<string> {
  const { books } = evidence;
  const expected = new Set<string>();
  const orders = new Map(books.payments.map((order) => [order.id, order]));
  for (const order of books.payments) {
    if (appOf(evidence, order.product_id) !== app) continue;
    expected.add(`customer.created:${order.customer_id}`);
    if (order.subscription_id !== null) expected.add(`subscription.created:${order.subscription_id}`);
    if (!order.is_paid) continue;
    expected.add(`payment.succeeded:${order.id}`);
    if (order.billing_reason === 'subscription_cycle') expected.add(`subscription.renewed:${order.id}`);
  }
  for (const refund of books.refunds) {
    if (appOf(evidence, orders.get(refund.order_id)?.product_id ?? null) !== app) continue;
    expected.add(`refund.created:${refund.id}`);
    if (refund.status === 'succeeded') expected.add(`refund.succeeded:${refund.id}`);
  }
  return expected;
}

/** The occurrences that the books list whole: one told beside them is invented. */
const LISTED = new Set([
  'payment.succeeded',
  'subscription.renewed',
  'subscription.created',
  'refund.created',
  'refund.succeeded',
  'customer.created',
]);

function judgeEventsTold(evidence: Evidence): Verdict {
  const violations: string[] = [];
  let examined = 0;
  for (const app of APPS) {
    const expected = expectedOccurrences(evidence, app);
    const told = new Set(
      evidence.events[app].filter(({ type }) => LISTED.has(type)).map(({ body }) => occurrenceOf(body)),
    );
    const granted = new Set(
      evidence.events[app]
        .filter(({ type }) => type === 'grant.created')
        .map(({ body }) => String(body.data.polar?.data['id'])),
    );
    examined += expected.size;
    for (const each of expected) if (!told.has(each)) violations.push(`${app} was never told ${each}`);
    for (const each of told)
      if (!expected.has(each)) violations.push(`${app} was told ${each}, the books know nothing of it`);
    for (const grant of liveGrantsOf(evidence, app)) {
      examined += 1;
      if (!granted.has(grant)) violations.push(`${app} was never told grant.created of ${grant}`);
    }
  }
  return { check: 'all that happened was told, and nothing else', examined, violations };
}

function liveGrantsOf(evidence: Evidence, app: AppName): string[] {
  const { payments, live_grants } = evidence.books;
  return Object.values(live_grants)
    .flat()
    .filter((grant) => {
      const bought = payments.find((order) =>
        grant.order_id === null
          ? order.subscription_id === grant.subscription_id
          : order.id === grant.order_id,
      );
      return appOf(evidence, bought?.product_id ?? null) === app;
    })
    .map(({ id }) => id);
}

function judgeToldOnce({ events }: Evidence): Verdict {
  const violations: string[] = [];
  for (const app of APPS) {
    const ids = new Map<string, string>();
    for (const event of events[app]) {
      const occurrence = occurrenceOf(event.body);
      const first = ids.get(occurrence);
      if (first !== undefined && first !== event.id)
        violations.push(`${app} was told ${occurrence} twice: ${first} and ${event.id}`);
      ids.set(occurrence, event.id);
    }
  }
  return { check: 'no event is told twice under different ids', examined: count(events), violations };
}

function judgeSequences({ events }: Evidence): Verdict {
  const violations: string[] = [];
  for (const app of APPS) {
    violations.push(
      ...gaps(
        `${app}’s sequence`,
        events[app].map(({ sequence }) => sequence),
      ),
    );
    const byPayment = Map.groupBy(events[app], (event) => event.payment_id);
    for (const [payment, told] of byPayment) {
      if (payment === null) continue;
      const numbers = told.map((event) => event.payment_sequence ?? 0);
      violations.push(...gaps(`the payment_sequence of ${payment}`, numbers));
    }
  }
  return { check: 'sequences have no gaps', examined: count(events), violations };
}

function gaps(what: string, numbers: readonly number[]): string[] {
  const sorted = numbers.toSorted((a, b) => a - b);
  const wrong = sorted.findIndex((each, index) => each !== index + 1);
  return wrong === -1 ? [] : [`${what} has ${sorted[wrong]} in place ${wrong + 1}`];
}

function judgeDelivered({ events, heard, endpointIds }: Evidence): Verdict {
  const violations: string[] = [];
  for (const app of APPS) {
    const ids = new Set(heard[app].filter(({ isValid }) => isValid).map(({ webhookId }) => webhookId));
    for (const event of events[app]) {
      // `endpoint.*` is told to the app's other endpoints.
      if (event.body.data.endpoint?.id === endpointIds[app]) continue;
      if (!ids.has(event.id))
        violations.push(
          `${app}’s healthy endpoint never got ${event.type} ${event.id} (sequence ${event.sequence})`,
        );
    }
  }
  return { check: 'every event reached the healthy endpoint', examined: count(events), violations };
}

function judgeBytes({ events, heard, heardElsewhere, slugs }: Evidence): Verdict {
  const violations: string[] = [];
  let examined = 0;
  for (const app of APPS) {
    const digests = new Map(events[app].map((event) => [event.id, event.digest]));
    for (const each of [...heard[app], ...heardElsewhere[app]]) {
      examined += 1;
      const digest = digests.get(each.webhookId);
      if (!each.isValid) violations.push(`${app} got ${each.webhookId} with a wrong signature`);
      else if (digest === undefined) violations.push(`${app} got ${each.webhookId}, which it was never told`);
      else if (digest !== each.digest) violations.push(`${app} got ${each.webhookId} with other bytes`);
      if (each.app !== slugs[app]) violations.push(`${app} got ${each.webhookId}, which is ${each.app}’s`);
    }
  }
  return { check: 'one id, one body, signed, and for its tenant only', examined, violations };
}

/** Nothing comes before all that was told earlier of its payment has been taken. */
function judgeOrder({ events, ordered }: Evidence): Verdict {
  const wanted = events[ordered.app].filter(({ type }) => ordered.wants.some((each) => isWanted(each, type)));
  const byId = new Map(wanted.map((event) => [event.id, event]));
  const byPayment = Map.groupBy(wanted, (event) => event.payment_id);
  const taken = new Set<string>();
  const violations: string[] = [];
  for (const { webhookId, isAccepted } of ordered.arrivals) {
    const event = byId.get(webhookId);
    const siblings = event?.payment_id ? (byPayment.get(event.payment_id) ?? []) : [];
    const skipped = siblings.find(
      (each) => (each.payment_sequence ?? 0) < (event?.payment_sequence ?? 0) && !taken.has(each.id),
    );
    if (event && skipped)
      violations.push(
        `${event.type} ${event.id} came before ${skipped.type} ${skipped.id} of ${event.payment_id} was taken`,
      );
    if (isAccepted) taken.add(webhookId);
  }
  return {
    check: 'an ordered endpoint gets each payment in its order',
    examined: ordered.arrivals.length,
    violations,
  };
}

/** Each place got each event that it wants, under one id, always in the same words, and no other tenant's. */
function judgePlaces({ events, places, slugs }: Evidence): Verdict {
  const violations: string[] = [];
  let examined = 0;
  for (const { app, name, isWrittenAnew, wants, endpointId, arrivals } of places) {
    const wanted = events[app].filter(
      ({ type, body }) =>
        body.data.endpoint?.id !== endpointId && wants.some((filter) => isWanted(filter, type)),
    );
    const digests = new Map(wanted.map(({ id, digest }) => [id, isWrittenAnew ? undefined : digest]));
    const got = new Set<string>();
    for (const each of arrivals) {
      const what = `${app}’s ${name} got ${each.webhookId}`;
      const digest = digests.get(each.webhookId);
      if (!digests.has(each.webhookId)) violations.push(`${what}, which it does not want or was never told`);
      else if (digest !== undefined && digest !== each.digest) violations.push(`${what} with other bytes`);
      else digests.set(each.webhookId, each.digest);
      if (each.app !== slugs[app]) violations.push(`${what}, which is ${each.app}’s`);
      if (each.isValid) got.add(each.webhookId);
      else violations.push(`${what}, which is not signed or not as it should be written`);
    }
    examined += wanted.length;
    const occurrences = new Map<string, string>();
    for (const { id, type, body } of wanted) {
      if (!got.has(id)) {
        violations.push(`${app}’s ${name} never got ${type} ${id}`);
        continue;
      }
      const first = occurrences.get(occurrenceOf(body));
      if (first !== undefined)
        violations.push(`${app}’s ${name} got ${occurrenceOf(body)} as ${first} and ${id}`);
      occurrences.set(occurrenceOf(body), id);
    }
  }
  return { check: 'a chat and a Worker get each event once, in one form', examined, violations };
}

/** Whether a filter lets a type through: `payment.*` means all that begins so. */
export function isWanted(filter: string, type: string): boolean {
  return filter.endsWith('*') ? type.startsWith(filter.slice(0, -1)) : filter === type;
}

/** What a shop that ignores ids it knows has booked, compared with Polar’s money. */
function judgeEffects(evidence: Evidence): Verdict {
  const violations: string[] = [];
  let examined = 0;
  for (const app of APPS) {
    const events = new Map(evidence.events[app].map((event) => [event.id, event]));
    const effects = new Map<string, number>();
    for (const id of new Set(evidence.heard[app].map(({ webhookId }) => webhookId))) {
      const event = events.get(id);
      const effect = event && effectOf(event.body);
      if (effect) effects.set(effect, (effects.get(effect) ?? 0) + 1);
    }
    const expected = [...expectedOccurrences(evidence, app)].filter((each) =>
      /^(payment|refund)\.succeeded/.test(each),
    );
    examined += expected.length;
    for (const [effect, times] of effects)
      if (times > 1) violations.push(`${app} booked ${effect} ${times} times`);
    for (const each of expected) if (!effects.has(each)) violations.push(`${app} never booked ${each}`);
    if (effects.size > expected.length)
      violations.push(`${app} booked ${effects.size} things, Polar ${expected.length}`);
  }
  return { check: 'no effect is doubled or missing', examined, violations };
}

function judgeKept({ acknowledged, kept }: Evidence): Verdict {
  const lost = acknowledged
    .filter((id) => !kept.has(id))
    .map((id) => `event ${id} was acknowledged and is gone`);
  const open = [...kept]
    .filter(([, status]) => status === 'failed' || status === 'pending')
    .map(([id, status]) => `event ${id} is ${status}`);
  return {
    check: 'every acknowledged event is kept and applied',
    examined: acknowledged.length,
    violations: [...lost, ...open],
  };
}

function effectOf(body: EventBody): string | undefined {
  return /^(payment|refund)\.succeeded$/.test(body.type) ? occurrenceOf(body) : undefined;
}

function count(lists: Record<AppName, readonly unknown[]>): number {
  return APPS.reduce((sum, app) => sum + lists[app].length, 0);
}
