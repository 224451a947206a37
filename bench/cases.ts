import { randomUUID } from 'node:crypto';
import { type Call, makeCall, type Target } from './load.ts';
import type { LocalPolar } from './polar.ts';
import type { Floor, Runtime } from './runtime.ts';
import { addBuyers, addOrders, addTokens, keepToken, openShop, RESOURCE } from './seed.ts';

export interface Case {
  name: string;
  floor: Floor;
  /** The part of the floor's requests per second to reach. */
  goal?: number;
  gateway: Prepared;
  beside: Prepared;
}

/** The next `count` calls of one target. Most can be used only once, since a second use would be cheaper. */
export interface Prepared {
  target: Target;
  take(count: number): Call[];
}

/** How many calls a slice has: about a tenth of a second, so that noise of the machine meets both sides of a pair. */
export const CALLS_PER_SLICE = {
  'access: yes, from memory': 400,
  'access: yes, from KV': 150,
  'access: yes, cold': 60,
  'access: no': 80,
  'webhook: order.paid': 60,
  'payment: created': 40,
} as const;
type Name = keyof typeof CALLS_PER_SLICE;

/** Makes everything that `slices` slices of each case need, on both sides, before anything is measured. */
export async function prepareCases(runtime: Runtime, polar: LocalPolar, slices: number): Promise<Case[]> {
  const shop = await openShop(runtime, polar);
  const kept = await keepToken(runtime, shop);
  const { gateway, secretKey } = shop;
  const needed = (name: Name) => slices * CALLS_PER_SLICE[name];
  const at = async (
    floor: Floor,
    calls: (target: Target) => (count: number) => Call[],
  ): Promise<Prepared> => {
    const target = await runtime.target(floor);
    return { target, take: calls(target) };
  };
  const authorization = { authorization: `Bearer ${secretKey}` };
  const check = (customer: string, resource = RESOURCE, allow = true) =>
    makeCall(
      gateway,
      { method: 'GET', path: `/v1/access?resource=${resource}&customer=${customer}`, headers: authorization },
      { status: 200, contains: `"allow":${allow}` },
    );
  const yes = { status: 200, contains: '"allow":true' };

  const warm = check(shop.buyer);
  const bare = await at('bare', (target) => again(makeCall(target, { method: 'GET', path: '/' }, yes)));

  // Each subject is asked about once, so that this isolate's memory never has it and KV always does.
  const cached = await addBuyers(runtime.database, needed('access: yes, from KV'));
  const keys = await addTokens(runtime, shop, kept, cached);
  const kvRead = await at('kv-read', (target) =>
    inTurn(
      keys.map((key) => makeCall(target, { method: 'GET', path: `/?key=${encodeURIComponent(key)}` }, yes)),
    ),
  );

  const cold = await addBuyers(runtime.database, needed('access: yes, cold'));
  // Known subjects with a token in KV who ask for something that they do not have. It takes KV, a verification and D1,
  // as most "no"s do.
  const refused = await addBuyers(runtime.database, needed('access: no'));
  await addTokens(runtime, shop, kept, refused);
  const d1Read = await at('d1-read', (target) => {
    const path = `/?customer=${randomUUID()}`;
    return again(makeCall(target, { method: 'GET', path }, { status: 200, contains: '"allow":false' }));
  });

  const orders = await addOrders(runtime, shop, needed('webhook: order.paid'));
  const webhook = (target: Target, path: string, contains: string) =>
    orders.map(({ body, headers }) =>
      makeCall(
        target,
        { method: 'POST', path, headers: { ...headers, 'content-type': 'application/json' }, body },
        { status: 200, contains },
      ),
    );
  const verifyInsert = await at('verify-insert', (target) => inTurn(webhook(target, '/', '"received":true')));

  const order = {
    method: 'POST',
    headers: { ...authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ product_id: shop.productId }),
  };
  const created = { status: 201, contains: '"checkout_url":"http' };
  const payment = makeCall(gateway, { ...order, path: '/v1/payments' }, created);
  const fetchInsert = await at('fetch-insert', (target) =>
    again(makeCall(target, { ...order, path: '/' }, created)),
  );

  return [
    {
      name: 'access: yes, from memory',
      floor: 'bare',
      goal: 0.8,
      gateway: { target: gateway, take: again(warm) },
      beside: bare,
    },
    {
      name: 'access: yes, from KV',
      floor: 'kv-read',
      goal: 0.85,
      gateway: { target: gateway, take: inTurn(cached.map((one) => check(one))) },
      beside: kvRead,
    },
    {
      name: 'access: yes, cold',
      floor: 'd1-read',
      gateway: { target: gateway, take: inTurn(cold.map((one) => check(one))) },
      beside: d1Read,
    },
    {
      name: 'access: no',
      floor: 'd1-read',
      gateway: {
        target: gateway,
        take: inTurn(refused.map((one) => check(one, 'content:blog/none', false))),
      },
      beside: d1Read,
    },
    {
      name: 'webhook: order.paid',
      floor: 'verify-insert',
      goal: 0.6,
      gateway: { target: gateway, take: inTurn(webhook(gateway, '/webhooks/polar', '"status":"applied"')) },
      beside: verifyInsert,
    },
    {
      name: 'payment: created',
      floor: 'fetch-insert',
      gateway: { target: gateway, take: again(payment) },
      beside: fetchInsert,
    },
  ] satisfies (Case & { name: Name })[];
}

export function again(call: Call) {
  return (count: number) => Array.from({ length: count }, () => call);
}

export function inTurn(calls: readonly Call[]) {
  let used = 0;
  return (count: number) => {
    const taken = calls.slice(used, used + count);
    if (taken.length < count) throw new Error('not enough calls were prepared');
    used += count;
    return taken;
  };
}
