/*
 * What D1 keeps of Polar's objects beside their columns: the fields that a statement reads, by name (ADR 47). All
 * others may be secrets, such as a checkout's `client_secret` and return link with its nonce, a benefit's notes and
 * tokens, a grant's invitations (what is kept of a grant: polar/grant-facts.rules.ts), and are not stored in clear. The whole Polar event is kept encrypted in
 * `polar_events`.
 */

/** Fields of `snapshots.data` by kind; of any other kind none. */
const OF_SNAPSHOTS: Partial<Record<string, readonly string[]>> = {
  seat: ['customer_email', 'member_id', 'order_id', 'subscription_id'],
  member: ['email', 'role', 'customer_id', 'created_at'],
  customer_state: ['type'],
  organization: ['subscription_settings', 'embed_hosts', 'embed_hosts_enforced'],
  dispute: ['created_at', 'order_id', 'amount', 'tax_amount', 'currency', 'reason', 'evidence_due_by'],
};

/** The fields of a benefit inside a product, which the product list shows. */
const OF_BENEFITS = ['id', 'type', 'description', 'visibility', 'metadata'];

type Fields = Record<string, unknown>;

/** Whether `snapshots` keeps any field of objects of `kind`. */
export function keepsFields(kind: string): boolean {
  return OF_SNAPSHOTS[kind] !== undefined;
}

/** What `snapshots` keeps of an object of `kind`. */
export function keepOfSnapshot(kind: string, data: Fields): Fields {
  return pick(data, OF_SNAPSHOTS[kind] ?? []);
}

/** What `products.data` keeps of a whole product. */
export function keepOfProduct(data: Fields): Fields {
  const { benefits } = data;
  if (!Array.isArray(benefits)) return data;
  return {
    ...data,
    benefits: benefits.map((benefit: unknown) => (isFields(benefit) ? pick(benefit, OF_BENEFITS) : {})),
  };
}

function pick(data: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.flatMap((name) => (name in data ? [[name, data[name]]] : [])));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
