import { CATALOGUE, isCatalogue } from './happenings.ts';

/* Which purchase a happening belongs to: an order, its refund, a subscription with all its renewals are one chain. */

/** What is known of a purchase. */
export interface Purchase {
  chain: string;
  app?: string;
  email?: string;
  customerId?: string;
  productId?: string;
  productName?: string;
  /** The newest order. */
  orderId?: string;
  subscriptionId?: string;
}

/** Parts of a Polar event, an event of the gateway's, or an answer that name what they are about. */
export type Named = Record<string, unknown>;

export interface Chains {
  /** The chain of an object of Polar's or of a payment, and a new one when it is the first of it that is seen. */
  ofObject(type: string, object: Named): string | null;
  /** The newest purchase of a customer: a Polar id, or `external:<id>`. */
  ofCustomer(customer: string): string | null;
  /** Notes the app whose purchase it is. */
  noteApp(chain: string, app: string): void;
  find(chain: string): Purchase | undefined;
}

const MAX_PURCHASES = 500;
const MAX_NAMES = 5_000;
/** The last part of a checkout's address. */
const SECRET = /polar_c_\w+/;

export function createChains(): Chains {
  const purchases = new Map<string, Purchase>();
  const byName = new Map<string, string>();

  let unnamed = 0;
  // Whoever has a checkout's secret can open it, so that is never a chain's name.
  const newName = (names: readonly string[]) =>
    names.find((each) => each.startsWith('pay_')) ??
    names.find((each) => !SECRET.test(each)) ??
    `purchase-${(unnamed += 1)}`;
  const name = (key: string, chain: string) => {
    byName.delete(key);
    byName.set(key, chain);
    forgetOldest(byName, MAX_NAMES);
  };
  return {
    ofObject(type, object) {
      if (isCatalogue(type)) return CATALOGUE;
      const customer = customerOf(type, object);
      const names = namesOf(type, object);
      const known = names.map((each) => byName.get(each)).find((each) => each !== undefined);
      const chain =
        known ??
        (names.length > 0
          ? newName(names)
          : customer === undefined
            ? undefined
            : byName.get(`customer:${customer}`));
      if (chain === undefined) return null;
      for (const each of names) name(each, chain);
      if (names.length === 0) return chain;
      if (customer !== undefined) name(`customer:${customer}`, chain);
      const external = textIn(childOf(object, 'customer'), 'external_id');
      if (external !== undefined) name(`customer:external:${external}`, chain);
      const before = purchases.get(chain) ?? { chain };
      purchases.delete(chain);
      purchases.set(chain, {
        ...before,
        ...factsOf(type, object),
        ...(customer ? { customerId: customer } : {}),
      });
      forgetOldest(purchases, MAX_PURCHASES);
      return chain;
    },
    ofCustomer: (customer) => byName.get(`customer:${customer}`) ?? null,
    noteApp(chain, app) {
      const purchase = purchases.get(chain);
      if (purchase) purchase.app = app;
    },
    find: (chain) => purchases.get(chain),
  };
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

/** From the most to the least telling: a renewal names the first purchase before its own order. */
function namesOf(type: string, object: Named): string[] {
  const isOwn = /^(?:checkout|order|subscription|payment|refund)\b/.test(type);
  return [
    textIn(childOf(object, 'metadata'), 'gateway_payment_id'),
    textIn(object, 'subscription_id'),
    textIn(object, 'order_id'),
    textIn(object, 'checkout_id'),
    isOwn ? textIn(object, 'id') : undefined,
    SECRET.exec(textIn(object, 'client_secret') ?? textIn(object, 'checkout_url') ?? '')?.[0],
  ].filter((each) => each !== undefined);
}

function customerOf(type: string, object: Named): string | undefined {
  if (/^customer\b/.test(type)) return textIn(object, 'id');
  return textIn(object, 'customer_id') ?? textIn(childOf(object, 'customer'), 'id');
}

function factsOf(type: string, object: Named): Partial<Purchase> {
  const product = childOf(object, 'product');
  const isOrder = /^order\b/.test(type);
  const isSubscription = /^subscription\b/.test(type);
  const facts = {
    email: emailIn(object),
    productId: textIn(object, 'product_id') ?? textIn(product, 'id'),
    productName: textIn(product, 'name'),
    orderId: isOrder ? textIn(object, 'id') : textIn(object, 'order_id'),
    subscriptionId: isSubscription ? textIn(object, 'id') : textIn(object, 'subscription_id'),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/** The buyer's address, wherever an object has it. */
export function emailIn(object: Named): string | undefined {
  return (
    textIn(object, 'customer_email') ??
    textIn(childOf(object, 'customer'), 'email') ??
    textIn(object, 'email')
  );
}

export function childOf(object: unknown, key: string): Named {
  const child = typeof object === 'object' && object !== null ? Reflect.get(object, key) : undefined;
  return typeof child === 'object' && child !== null && !Array.isArray(child) ? child : {};
}

export function textIn(object: Named, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
