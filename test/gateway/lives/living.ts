import { SANDBOX_API_URL } from '../../harness/bindings.ts';
import { expect } from 'vitest';
import type { TestApp, World } from '../../harness/harness.ts';
import type { Action } from './actions.ts';
import { changeByApi, refundByApi } from './by-api.ts';
import type { Gateway } from './gateway.ts';
import type { Happening, PolarOrder } from './happenings.ts';
import { refundableOf, type State, stateAfter } from './model.ts';
import type { Shop } from './shop.ts';
import {
  disputableFor,
  openDisputeFor,
  refundableFor,
  subscriptionFor,
  type SubscriptionAction,
  unsettledFor,
} from './targets.ts';

/* Does what a life says, at the gateway's API or as somebody would at Polar, and notes what has happened. */

export interface Place {
  world: World;
  app: TestApp;
  shop: Shop;
  gateway: Gateway;
}

export interface Living {
  readonly email: string;
  readonly happenings: Happening[];
  orders: PolarOrder[];
  customerId: string | null;
}

const DAY_MS = 86_400_000;

interface Wire {
  id: string;
  subscription_id?: string | null;
  [field: string]: unknown;
}

export const stateOf = ({ happenings, orders }: Living): State => stateAfter({ happenings, orders });

/** Does one action of a life, if it is possible. */
export async function act(place: Place, living: Living, action: Action): Promise<void> {
  const happened = await attempt(place, living, action);
  if (happened.length === 0) return;
  living.happenings.push(...happened);
  await place.world.simulator.settle();
  await readOrders(place, living);
}

async function attempt(place: Place, living: Living, action: Action): Promise<Happening[]> {
  const state = stateOf(living);
  switch (action.do) {
    case 'buy':
      return buy(place, living, action);
    case 'card':
      if (living.customerId === null) return [];
      await simulate(place, `/customers/${living.customerId}/card`, { outcome: action.outcome });
      return [{ do: 'card', outcome: action.outcome }];
    case 'refund':
      return refund(place, state, action);
    case 'settle': {
      const found = unsettledFor(state, action);
      if (!found) return [];
      await simulate(place, `/refunds/${found.id}/settle`, { outcome: action.outcome });
      return [{ do: 'settle', refund: found.id, outcome: action.outcome }];
    }
    case 'dispute': {
      const order = disputableFor(state, action.of)?.facts?.id;
      if (order === undefined) return [];
      return [{ do: 'dispute', order, dispute: place.world.simulator.openDispute(order) }];
    }
    case 'prevent':
      return prevent(place, state, action.of);
    case 'resolve': {
      const found = openDisputeFor(state, action.of);
      if (!found) return [];
      place.world.simulator.resolveDispute(found.id, action.outcome);
      return [{ do: 'resolve', dispute: found.id, outcome: action.outcome }];
    }
    case 'cancel':
    case 'uncancel':
    case 'revoke':
    case 'pause':
    case 'resume':
    case 'change':
    case 'seats':
      return changeSubscription(place, state, action);
  }
}

async function buy(
  { world, app, shop, gateway }: Place,
  living: Living,
  { product, discount, buyer }: Extract<Action, { do: 'buy' }>,
): Promise<Happening[]> {
  const seats = product === 'team' ? 2 : null;
  const { status, body, text } = await gateway.call<Wire & { checkout_url: string; checkout_id: string }>(
    'POST',
    '/v1/payments',
    {
      key: app.secretKey,
      body: {
        product_id: shop.products[product],
        ...(seats === null ? {} : { seats }),
        ...(discount === 'none' ? {} : { discount_id: shop.discounts[discount] }),
      },
    },
  );
  if (status !== 201) throw new Error(`POST /v1/payments: ${status} ${text}`);
  const started: Happening = { do: 'start', at: world.simulator.now(), payment: body.id, product };
  if (buyer === 'leaves') return [started];
  const { email } = living;
  if (buyer === 'fails first') await world.pay('sandbox', body.checkout_url, { email, decline: true });
  const paid = await world.pay('sandbox', body.checkout_url, { email });
  if (paid.status !== 200) throw new Error(`confirm: ${paid.status} ${paid.text}`);
  living.customerId = String((paid.body as Wire)['customer_id']);
  await readOrders({ world }, living);
  const orders = await ordersAt(world, `checkout_id=${body.checkout_id}`);
  const [order] = orders;
  if (!order) throw new Error('What was paid has no order.');
  return [
    started,
    { do: 'pay', payment: body.id, order: order.id, subscription: order.subscriptionId, seats },
  ];
}

async function refund(
  place: Place,
  state: State,
  { of, by, share, revoke, slow }: Extract<Action, { do: 'refund' }>,
): Promise<Happening[]> {
  const order = refundableFor(state, of);
  if (!order?.facts) return [];
  const left = refundableOf(order);
  const amount = share === 'whole' ? left : Math.ceil(left / 3);
  // Polar refuses to take the benefits of a subscription with a refund.
  const revokes = revoke && order.facts.subscriptionId === null;
  const { id } = order.facts;
  const isDone = by === 'api' && (await refundByApi(place, id, { amount, revokes, slow }));
  if (!isDone)
    await place.world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: id,
      amount,
      reason: 'customer_request',
      revoke_benefits: revokes,
      metadata: slow ? { simulate: 'pending' } : {},
    });
  const known = new Set(order.refunds.map((each) => each.id));
  const made = (await readAll(place.world, `/v1/refunds/?order_id=${id}&`)).filter(
    (each) => !known.has(each.id),
  );
  expect(made.length, 'refunds made').toBe(1);
  return made.map((each) => ({
    do: 'refund',
    order: id,
    refund: each.id,
    amount,
    tax: Number(each['tax_amount']),
    revoke: revokes,
    slow,
  }));
}

async function prevent({ world }: Place, state: State, of: number): Promise<Happening[]> {
  const order = disputableFor(state, of)?.facts?.id;
  if (order === undefined) return [];
  world.simulator.preventDispute(order);
  const { items } = await world.polar<{ items: Wire[] }>(
    'sandbox',
    'GET',
    `/v1/refunds/?order_id=${order}&limit=100`,
  );
  const made = items.find(({ reason }) => reason === 'dispute_prevention');
  const dispute = made?.['dispute'] as Wire | undefined;
  if (!made || !dispute) throw new Error('A dispute was prevented without a refund.');
  return [
    {
      do: 'prevent',
      order,
      dispute: dispute.id,
      refund: made.id,
      amount: Number(made['amount']),
      tax: Number(made['tax_amount']),
    },
  ];
}

async function changeSubscription(
  place: Place,
  state: State,
  action: SubscriptionAction,
): Promise<Happening[]> {
  const found = subscriptionFor(state, action);
  if (!found) return [];
  const subscription = found.id;
  const change = async (body: object, own: object = {}) => {
    if (action.by === 'api' && (await changeByApi(place, subscription, action, own))) return;
    await place.world.polar('sandbox', 'PATCH', `/v1/subscriptions/${subscription}`, body);
  };
  switch (action.do) {
    case 'cancel':
      await change({ cancel_at_period_end: true }, { at: 'period_end' });
      return [{ do: 'cancel', subscription }];
    case 'uncancel':
      await change({ cancel_at_period_end: false });
      return [{ do: 'uncancel', subscription }];
    case 'revoke':
      await change({ revoke: true });
      return [{ do: 'revoke', subscription }];
    case 'resume':
      await change({ resume: true });
      return [{ do: 'resume', subscription }];
    case 'pause': {
      const end = (await readEnds(place.world)).get(subscription) ?? 0;
      const resumesAt = action.resumesAfterDays === null ? null : end + action.resumesAfterDays * DAY_MS;
      const until = resumesAt === null ? {} : { resumes_at: new Date(resumesAt).toISOString() };
      await change({ pause_at_period_end: true, ...until }, until);
      return [{ do: 'pause', subscription, resumesAt }];
    }
    case 'change': {
      const { to, proration } = action;
      const product_id = place.shop.products[to];
      await change({ product_id, proration_behavior: proration }, { product_id, proration });
      return [{ do: 'change', subscription, to, proration }];
    }
    case 'seats': {
      const { seats, proration } = action;
      await change({ seats, proration_behavior: proration }, { seats, proration });
      return [{ do: 'seats', subscription, seats, proration }];
    }
  }
}

/** When the present period of each subscription ends. */
export async function readEnds(world: World): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  for (const { id, current_period_end: end } of await readAll(world, '/v1/subscriptions/?'))
    ends.set(id, Date.parse(String(end)));
  return ends;
}

async function readOrders({ world }: Pick<Place, 'world'>, living: Living): Promise<void> {
  if (living.customerId !== null) living.orders = await ordersAt(world, `customer_id=${living.customerId}`);
}

/** The orders of all lives, by customer. */
export async function readAllOrders(world: World, lives: readonly Living[]): Promise<void> {
  const byCustomer = Map.groupBy(await readAll(world, '/v1/orders/?'), (order) => order['customer_id']);
  for (const living of lives)
    living.orders = (byCustomer.get(living.customerId) ?? []).toSorted(byTime).map(readOrder);
}

async function ordersAt(world: World, filter: string): Promise<PolarOrder[]> {
  return (await readAll(world, `/v1/orders/?${filter}&`)).toSorted(byTime).map(readOrder);
}

/** Polar's times have microseconds, and of two orders the later one has the later time. */
const byTime = (a: Wire, b: Wire) => (String(a['created_at']) < String(b['created_at']) ? -1 : 1);

async function readAll(world: World, path: string): Promise<Wire[]> {
  const all: Wire[] = [];
  for (let page = 1, last = 1; page <= last; page++) {
    const answer = await world.polar<{ items: Wire[]; pagination: { max_page: number } }>(
      'sandbox',
      'GET',
      `${path}limit=100&page=${page}`,
    );
    all.push(...answer.items);
    last = answer.pagination.max_page;
  }
  return all;
}

function readOrder(order: Wire): PolarOrder {
  const product = order['product'] as Wire;
  const name = String(product['name']);
  const discount = order['discount'] as Wire | null;
  return {
    id: order.id,
    subscriptionId: order.subscription_id ?? null,
    product: { id: product.id, name, plan: name.split(':')[1] ?? '' },
    total: Number(order['total_amount']),
    net: Number(order['net_amount']),
    tax: Number(order['tax_amount']),
    discountAmount: Number(order['discount_amount']),
    discount: discount && { id: discount.id, code: null, name: String(discount['name']) },
    invoice: String(order['invoice_number']),
    balance: Number(order['applied_balance_amount']),
    currency: String(order['currency']),
  };
}

async function simulate({ world }: Place, path: string, body: object): Promise<void> {
  const response = await world.simulator.fetch(
    new Request(`${SANDBOX_API_URL}/_sim${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
  if (!response.ok) throw new Error(`/_sim${path}: ${response.status} ${await response.text()}`);
}
