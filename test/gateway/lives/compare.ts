import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { compareRefunds, compareSubscriptions } from './compare-subscriptions.ts';
import { expectedAccess, expectedPayments, leastTold, RESOURCES } from './expected.ts';
import { type Living, type Place, stateOf } from './living.ts';
import { ordersOf, type State } from './model.ts';
import { perhapsToldByLog, type Said, toldByLog } from './polar-log.ts';

/* What the gateway answers of a life, beside what the model says of it. */

interface Lived {
  living: Living;
  /** Nothing was lost: each event was told exactly as often as it happened. */
  isExact: boolean;
  /** All was compared with Polar: what its objects still show has been told, too. */
  isReconciled: boolean;
  said: readonly Said[];
  /** When the present period of each subscription ends. */
  ends: ReadonlyMap<string, number>;
}

type Payment = Record<string, unknown> & { id: string; order_id: string | null };

export async function compareLife(place: Place, lived: Lived): Promise<void> {
  const { living, ends } = lived;
  const state = stateOf(living);
  expect(
    ordersOf(state)
      .map(({ facts }) => facts?.id)
      .toSorted(),
    'the orders that Polar made are those that the model knows of',
  ).toEqual(living.orders.map(({ id }) => id).toSorted());
  const payments = await comparePayments(place, living, state);
  await compareSubscriptions(place, living, state, { payments, ends });
  await compareRefunds(place, state, payments);
  await compareAccess(place, living, expectedAccess(state, ends));
  compareTold(await readTold(place, living, payments), state, lived);
}

async function comparePayments({ gateway, app }: Place, living: Living, state: State): Promise<Payment[]> {
  const read = async <T>(path: string) => (await gateway.call<T>('GET', path, { key: app.secretKey })).body;
  const { data: bought } =
    living.customerId === null
      ? { data: [] }
      : await read<{ data: Payment[] }>(`/v1/payments?limit=100&customer=${living.customerId}`);
  const orders = expectedPayments(state);
  const shown = bought.filter(({ order_id }) => order_id !== null);
  const fields = [...orders.values()][0];
  expect(new Map(shown.map((payment) => [payment.order_id, only(payment, fields)])), 'payments').toEqual(
    orders,
  );
  expect(shown.length, 'each order has one payment').toBe(orders.size);
  const begun: Payment[] = [];
  for (const { payment: id, status } of state.opened) {
    const payment = await read<Payment>(`/v1/payments/${id}`);
    begun.push(payment);
    if (status !== 'paid')
      expect(payment, 'a payment that was begun').toMatchObject({
        status,
        kind: 'checkout',
        order_id: null,
        refunded_amount: 0,
      });
    else
      expect(
        shown.map((each) => each.id),
        'what was begun is what was paid',
      ).toContain(id);
  }
  return [...shown, ...begun];
}

function only(payment: Payment, fields: object | undefined): object {
  return Object.fromEntries(Object.keys(fields ?? {}).map((name) => [name, payment[name]]));
}

async function compareAccess(
  { gateway, app }: Place,
  { customerId }: Living,
  open: Map<string, number | null>,
): Promise<void> {
  if (customerId === null) return;
  const { body, text } = await gateway.call<{
    results: { resource: string; allow: boolean; expires_at: string | null }[];
  }>('POST', '/v1/access/batch', {
    key: app.secretKey,
    body: { customer: customerId, resources: RESOURCES, max_age: 0 },
  });
  const isOpen = body.results.filter(({ allow }) => allow);
  const shown = new Map(
    isOpen.map(({ resource, expires_at: at }) => [resource, at === null ? null : Date.parse(at)]),
  );
  expect(shown, `what is open: ${text}`).toEqual(open);
}

/** How often each event was told to the app about this life: `payment.succeeded:<order>`. */
async function readTold(
  { app }: Place,
  living: Living,
  payments: readonly Payment[],
): Promise<Map<string, number>> {
  const own = new Set(
    living.happenings.flatMap((happening) => (happening.do === 'start' ? [happening.payment] : [])),
  );
  const { results } = await env.DB.prepare(
    'select key, payment_id from events where app_id = ?1 and (payment_id in (select value from json_each(?2)) or customer_id = ?3) order by sequence',
  )
    .bind(app.id, JSON.stringify(payments.map(({ id }) => id)), living.customerId)
    .all<{ key: string }>();
  const orders = new Map(payments.map(({ id, order_id }) => [id, own.has(id) ? id : (order_id ?? id)]));
  const told = new Map<string, number>();
  for (const { key } of results) {
    const [type = '', id = ''] = key.split(':');
    const name = `${type}:${type === 'customer.created' ? 'the customer' : (orders.get(id) ?? id)}`;
    told.set(name, (told.get(name) ?? 0) + 1);
  }
  return told;
}

/** What is told at least and at most. Of a life that lost nothing all is told. */
function compareTold(told: Map<string, number>, state: State, { said, isExact, isReconciled }: Lived): void {
  const happened = new Map([...state.told, ...toldByLog(said)]);
  const most = new Map([...perhapsToldByLog(said), ...state.perhaps, ...happened]);
  const least = new Map([...(isReconciled ? leastTold(state) : []), ...(isExact ? happened : [])]);
  const wrong: string[] = [];
  for (const key of new Set([...told.keys(), ...most.keys(), ...least.keys()])) {
    const [count, atLeast, atMost] = [told.get(key) ?? 0, least.get(key) ?? 0, most.get(key) ?? 0];
    if (count < atLeast || count > atMost)
      wrong.push(`${key}: told ${count} times, not ${atLeast} to ${atMost}`);
  }
  if (wrong.length > 0) throw new Error(`What is told differs.\n${wrong.join('\n')}`);
}
