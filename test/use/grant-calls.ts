import { env } from 'cloudflare:workers';
import type { GrantDetailView, GrantView } from '../../src/use/grants/grants.answers.ts';
import { call, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';

/* What tests of grants share. */

export interface Page {
  data: GrantView[];
  next_cursor: string | null;
}

/** Those from Polar. */
export async function list(app: TestApp, query: Record<string, string> = {}): Promise<Page> {
  const answer = await call<Page>(
    'GET',
    `/v1/grants?${new URLSearchParams({ source: 'polar', ...query }).toString()}`,
    {
      key: app.secretKey,
    },
  );
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
}

export async function read(app: TestApp, id: string): Promise<GrantDetailView> {
  const answer = await call<GrantDetailView>('GET', `/v1/grants/${id}`, { key: app.secretKey });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
}

/** What happened to a grant, in short: `revoked refunded`. */
export async function lifeOf(app: TestApp, id: string): Promise<string[]> {
  const { history } = await read(app, id);
  return history.map(({ what, why }) => (why === null ? what : `${what} ${why}`));
}

/** Buys a product; the grants that it gave, by type of benefit. */
export async function buy(
  world: World,
  app: TestApp,
  productId: string,
  { email = 'ada@readers.dev', ...body }: Record<string, unknown> & { email?: string } = {},
): Promise<Map<string, GrantView>> {
  const payment = await startPayment(app, productId, body);
  await world.pay(app.mode, payment.checkoutUrl, { email });
  await world.settle();
  const { data } = await list(app, { limit: '100' });
  return new Map(
    data
      .filter(({ payment_id: id }) => id === payment.id)
      .map((grant) => [grant.benefit.type ?? '', grant] as const),
  );
}

export const rowsOf = async (sql: string) => (await env.DB.prepare(sql).all()).results;
