import { env } from 'cloudflare:workers';
import type { SubscriptionView } from '../../src/sell/subscriptions/subscriptions.answers.ts';
import { type Answer, call, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';

/* What tests of subscriptions share: one that was bought, and the calls about it. */

export const DAY = 86_400_000;

export type Refusal = SubscriptionView & {
  code: string;
  detail: string;
  errors?: { path: string; message: string }[];
};

/** Buys a recurring product as the app's customer would; the id of the subscription. */
export async function subscribe(
  world: World,
  app: TestApp,
  productId: string,
  { email = 'ada@readers.dev', ...body }: Record<string, unknown> & { email?: string } = {},
): Promise<string> {
  const payment = await startPayment(app, productId, body);
  await world.pay(app.mode, payment.checkoutUrl, { email });
  await world.settle();
  const id = await env.DB.prepare('select subscription_id as id from payments where id = ?')
    .bind(payment.id)
    .first<string>('id');
  if (id === null) throw new Error('no subscription was bought');
  return id;
}

/** Asks for an action on a subscription. */
export function act(
  app: TestApp,
  id: string,
  action: string,
  body: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Answer<Refusal>> {
  return call<Refusal>('POST', `/v1/subscriptions/${id}/${action}`, { key: app.secretKey, body, headers });
}

export async function read(app: TestApp, id: string): Promise<SubscriptionView> {
  const answer = await call<SubscriptionView>('GET', `/v1/subscriptions/${id}`, { key: app.secretKey });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
}

export interface Page {
  data: SubscriptionView[];
  next_cursor: string | null;
}

export async function list(app: TestApp, query: Record<string, string> = {}): Promise<Page> {
  const answer = await call<Page>('GET', `/v1/subscriptions?${new URLSearchParams(query).toString()}`, {
    key: app.secretKey,
  });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
}

/** A recurring product with seats, at a price for each. */
export async function createSeatProduct(world: World, name: string, pricePerSeat: number): Promise<string> {
  const product = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/products/', {
    name,
    recurring_interval: 'month',
    prices: [
      {
        amount_type: 'seat_based',
        price_currency: 'usd',
        seat_tiers: { seat_tier_type: 'volume', tiers: [{ min_seats: 1, price_per_seat: pricePerSeat }] },
      },
    ],
  });
  await world.simulator.settle();
  return product.id;
}

/** The next answers of Polar to `METHOD /path` are lost after it has done what was asked, or are others. */
export function interfere(
  world: World,
  matches: (request: Request) => boolean,
  meet: (request: Request, answer: () => Promise<Response>) => Promise<Response>,
): () => void {
  const original = world.simulator.fetch.bind(world.simulator);
  world.simulator.fetch = async (request) =>
    matches(request) ? meet(request, () => original(request)) : original(request);
  return () => {
    world.simulator.fetch = original;
  };
}
