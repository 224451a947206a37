import { type Setting, setUp } from '../world.ts';
import { type Situation, type Step, pay } from './behaviour.ts';

/** What a step calls by name: `{order}`. The first of its kind, unless a situation or `new …` says otherwise. */
export type Ids = Record<string, string>;

export interface Scene {
  setting: Setting;
  /** Reads the newest events for ids that have no name yet. */
  ids: () => Ids;
  /** Does a step, and all that follows from it at once. */
  run: (step: Step) => Promise<{ status: number; error: unknown }>;
}

const KINDS: Readonly<Record<string, string>> = {
  product: 'product.created',
  benefit: 'benefit.created',
  customer: 'customer.created',
  order: 'order.created',
  subscription: 'subscription.created',
  refund: 'refund.created',
  grant: 'benefit_grant.created',
  discount: 'discount.created',
};
const price = (price_amount: number) => ({ amount_type: 'fixed', price_currency: 'usd', price_amount });
const MONTHLY = { recurring_interval: 'month' };
const TRIAL = { ...MONTHLY, trial_interval: 'day', trial_interval_count: 14 };
const SEATS = {
  amount_type: 'seat_based',
  price_currency: 'usd',
  seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] },
};
const CUSTOM = { type: 'custom', description: 'The article', properties: { note: null } };
const LICENSE = { type: 'license_keys', description: 'A key', properties: { prefix: 'QUAY' } };
const CUSTOMER: Step = ['POST', '/v1/customers/', { email: 'ada@floe-mail.dev' }];
const CHECKOUT: Step = ['POST', '/v1/checkouts/', { products: ['{product}'] }];
const SEATS_CHECKOUT: Step = [
  'POST',
  '/v1/checkouts/',
  { products: ['{product}'], seats: 3, success_url: 'https://quay.example/thanks' },
];

function sell(product: object, benefit: object = CUSTOM): Step[] {
  return [
    ['POST', '/v1/benefits/', benefit],
    ['POST', '/v1/products/', { name: 'quay:article', prices: [price(1000)], ...product }],
    ['POST', '/v1/products/{product}/benefits', { benefits: ['{benefit}'] }],
  ];
}

/** How each comes about: through the same API, from an empty organization. */
const STEPS: Record<Situation, readonly Step[]> = {
  organization: [],
  customer: [CUSTOMER],
  product: sell({}),
  'open checkout': [...sell({}), CHECKOUT],
  'free checkout': [...sell({ prices: [price(0)] }), CHECKOUT],
  'plan checkout': [...sell(MONTHLY), CHECKOUT],
  'trial checkout': [...sell(TRIAL), CHECKOUT],
  'seats checkout': [...sell({ prices: [SEATS] }), SEATS_CHECKOUT],
  order: [...sell({}), CHECKOUT, pay()],
  'license order': [...sell({}, LICENSE), CHECKOUT, pay()],
  subscription: [...sell(MONTHLY), CHECKOUT, pay()],
  'subscription and another plan': [
    ...sell(MONTHLY),
    CHECKOUT,
    pay(),
    ['POST', '/v1/benefits/', { ...CUSTOM, description: 'The team’s desk' }],
    ['POST', '/v1/products/', { name: 'quay:team', ...MONTHLY, prices: [price(3000)] }],
    ['POST', '/v1/products/{new product}/benefits', { benefits: ['{new benefit}'] }],
  ],
  trial: [...sell(TRIAL), CHECKOUT, pay()],
  'free subscription': [
    ...sell({ ...MONTHLY, prices: [price(0)] }),
    CUSTOMER,
    ['POST', '/v1/subscriptions/', { product_id: '{product}', customer_id: '{customer}' }],
  ],
  team: [...sell({ ...MONTHLY, prices: [SEATS] }), SEATS_CHECKOUT, pay()],
};

/** A simulator of its own in which `situation` is so. */
export async function stage(situation: Situation): Promise<Scene> {
  const setting = await setUp();
  const { organization } = setting;
  const named: Ids = { organization: organization.id };

  const ids = (): Ids => {
    for (const { type, body } of setting.simulator.events(organization.id)) {
      const { data } = JSON.parse(body) as { data: Record<string, string> };
      for (const [kind, created] of Object.entries(KINDS)) {
        if (type !== created) continue;
        named[kind] ??= String(data['id']);
        named[`new ${kind}`] = String(data['id']);
      }
      if (type === 'checkout.created') {
        named['checkout'] = String(data['id']);
        named['secret'] = String(data['client_secret']);
      }
      if (type.startsWith('customer_seat.')) named['seat'] ??= String(data['id']);
    }
    return named;
  };

  const run = async (step: Step) => {
    if ('days' in step) {
      await setting.api('POST', '/_sim/clock', { advance_ms: step.days * 24 * 3600_000 });
      return { status: 200, error: null };
    }
    const [method, path, body] = fill(step, ids());
    const { status, json } = await setting.api(method, path, body);
    const answer = Object(json) as Record<string, unknown>;
    if (typeof answer['dispute_id'] === 'string') named['dispute'] = answer['dispute_id'];
    await setting.api('POST', '/_sim/settle');
    return { status, error: status >= 400 ? answer['error'] : null };
  };

  const scene: Scene = { setting, ids, run };
  for (const step of STEPS[situation]) await mustRun(scene, step);
  if (situation === 'license order') named['license key'] = await licenseKey(setting);
  return scene;
}

/** A step that only prepares must not be refused. */
export async function mustRun(scene: Scene, step: Step): Promise<void> {
  const { status, error } = await scene.run(step);
  if (status >= 400) throw new Error(`${JSON.stringify(step)} was refused: ${status} ${String(error)}`);
}

/** Puts ids where their names are, wherever those stand. */
export function fill<Value>(value: Value, ids: Ids): Value {
  const text = JSON.stringify(value).replaceAll(/\{([a-z ]+)\}/g, (_, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`There is no ${name} yet.`);
    return id;
  });
  return JSON.parse(text) as Value;
}

async function licenseKey(setting: Setting): Promise<string> {
  const { items } = await setting.polar.licenseKeys.list();
  return String(items[0]?.id);
}
