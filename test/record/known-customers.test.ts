import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../src/base/db/database.rows.ts';
import type { Services } from '../../src/base/services.ts';
import { knowEarlierBuyers } from '../../src/record/know-earlier-buyers.ts';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';

/* Who bought before the gateway kept an app's customers is noted in steps, by the same rule as who buys now. */

const BEGIN = { after: '', rounds: 2, notBefore: 0 };
let world: World;
let quay: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
});
afterEach(() => world.settle());

const known = async () =>
  (
    await env.DB.prepare(
      'select k.*, n.external_id from known_customers as k left join customer_external_ids as n using (app_id, customer_id) order by k.customer_id',
    ).all()
  ).results;
const position = () =>
  env.DB.prepare("select after from walks where name = 'known_customers'").first<string>('after');

/** One run of the cron, by steps of two payments, while the clock says `now`. */
async function run(now: number): Promise<void> {
  const at = await position();
  if (at === null) throw new Error('it is over');
  const services = { database: openDatabase(env.DB), budget: { hasRoomFor: () => true }, now: () => now };
  await knowEarlierBuyers(services as unknown as Services, at, 2);
}

it('finds everybody who has paid, twice over, and then ends', async () => {
  const book = (await world.createProduct({ name: 'quay:book', price: 900 })).id;
  await world.settle();
  for (const email of ['ada@readers.dev', 'bert@readers.dev', 'ada@readers.dev', 'cora@readers.dev']) {
    const customer = { external_id: `user-of-${email}` };
    const { checkoutUrl } = await startPayment(quay, book, { customer });
    await world.pay('sandbox', checkoutUrl, { email });
  }
  await startPayment(quay, book, { customer: { email: 'nobody@readers.dev' } });
  await world.settle();
  const asTheyCame = await known();
  expect(asTheyCame.map((row) => row['external_id']).toSorted()).toEqual([
    'user-of-ada@readers.dev',
    'user-of-bert@readers.dev',
    'user-of-cora@readers.dev',
  ]);
  await env.DB.batch([
    env.DB.prepare('delete from known_customers'),
    env.DB.prepare('delete from customer_external_ids'),
    env.DB.prepare("insert or replace into walks (name, after) values ('known_customers', ?)").bind(
      JSON.stringify(BEGIN),
    ),
  ]);
  await run(0);
  expect(await known()).toEqual(asTheyCame);
  expect(JSON.parse(String(await position()))).toEqual({ after: '', rounds: 1, notBefore: 3_600_000 });
  // An isolate of the release before sells once more, and notes nobody.
  await env.DB.prepare('delete from known_customers where email = ?').bind('bert@readers.dev').run();
  await run(3_600_000);
  expect(await known()).toEqual(asTheyCame);
  expect(await position()).toBe(null);
});
