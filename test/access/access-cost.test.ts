import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import worker from '../../src/index.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';
import {
  seedGrant,
  seedOrder,
  seedPurchase,
  seedSession,
  seedShop,
  seedSubscription,
  seedWare,
  type Shop,
  uuid,
  type Ware,
} from './access-rows.ts';

/* What a question that no cached token answers reads of D1: it depends on what the subject has, not on how large the app is. */

/** What D1 was asked in one request. */
interface Read {
  statements: number;
  rows: number;
}

/** Asks the gateway by its own door; reads of D1 are counted. */
async function ask(bearer: string, query: Record<string, string>) {
  const read: Read = { statements: 0, rows: 0 };
  const counted = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => counted(target.bind(...values));
        if (name !== 'all') throw new Error(`not counted: ${String(name)}`);
        return async () => {
          const result = await target.all();
          read.statements += 1;
          read.rows += result.meta.rows_read;
          return result;
        };
      },
    });
  const DB = { prepare: (text: string) => counted(env.DB.prepare(text)) };
  const context = createExecutionContext();
  const url = `${GATEWAY_URL}/v1/access?${new URLSearchParams({ ...query, max_age: '0' }).toString()}`;
  const request = new Request(url, { headers: { authorization: `Bearer ${bearer}` } });
  const response = await worker.fetch(
    request as Parameters<typeof worker.fetch>[0],
    { ...env, DB } as unknown as Bindings,
    context,
  );
  const { reason } = await response.json<{ reason: string }>();
  await waitOnExecutionContext(context);
  return { reason, read };
}

/**
 * A customer whose rows come first in every index: behind the last ones SQLite finds no further entry to stop at, and reads a row
 * less of each.
 */
const firstOfAll = () => uuid().replace(/^.{8}/, '00000000');

const atMost = (most: number): unknown =>
  expect.toSatisfy((count: number) => count <= most, `at most ${most}`);

/** What others buy and what else there is to buy; `more` of each. */
async function grow(shop: Shop, ware: Ware, more: number): Promise<void> {
  for (let i = 0; i < more; i++) {
    await seedPurchase(shop, ware, uuid());
    await seedWare(shop, { content: `more/${i}`, name: `more${i}` });
  }
}

test('a question takes one statement, and reads as many rows in a large app as in a small one', async () => {
  const shop = await seedShop();
  const ware = await seedWare(shop, { content: 'blog/premium' });
  await seedWare(shop, { content: 'blog/other', name: 'other' });
  const customer = firstOfAll();
  const { paymentId } = await seedPurchase(shop, ware, customer, { orderId: firstOfAll() });
  const bearers = {
    customer: await seedSession(shop, { customerId: customer }),
    purchase: await seedSession(shop, { paymentId }),
    stranger: await seedSession(shop, { customerId: firstOfAll() }),
  };
  const measure = async () => {
    const taken: Record<string, unknown> = {};
    for (const [who, bearer] of Object.entries(bearers)) {
      for (const resource of ['content:blog/premium', 'content:blog/other']) {
        // The first question looks the session up, and what the app sells.
        await ask(bearer, { resource });
        const { reason, read } = await ask(bearer, { resource });
        taken[`${who}: ${reason}`] = read;
      }
    }
    return taken;
  };
  await grow(shop, ware, 10);
  const small = await measure();
  const statements = 1;
  expect(small).toEqual({
    'customer: granted': { statements, rows: atMost(36) },
    'customer: not_granted': { statements, rows: atMost(36) },
    'purchase: granted': { statements, rows: atMost(68) },
    'purchase: not_granted': { statements, rows: atMost(68) },
    'stranger: unknown_customer': { statements, rows: atMost(26) },
  });
  await grow(shop, ware, 400);
  expect(await measure()).toEqual(small);
});

test('the setting for what is past due reads nothing more of a subscription that is not, and of one that is little', async () => {
  const shop = await seedShop();
  const ware = await seedWare(shop, { content: 'blog/premium' });
  const setGrace = (days: number) =>
    env.DB.prepare('update apps set past_due_grace_days = ? where id = ?').bind(days, shop.app.id).run();
  const customerId = firstOfAll();
  const { productId, benefitId } = ware;
  const id = firstOfAll();
  const subscriptionId = await seedSubscription(shop, { id, customerId, productId });
  const grantId = await seedGrant(shop, { id, customerId, benefitId, subscriptionId });
  const pay = (times: number) =>
    Promise.all(
      Array.from({ length: times }, (_, month) =>
        seedOrder(shop, { customerId, productId, subscriptionId, paidAt: month + 1, status: 'paid' }),
      ),
    );
  await pay(3);
  const rowsRead = async () => {
    // A session of its own: callers are remembered with their app.
    const bearer = await seedSession(shop, { customerId });
    await ask(bearer, { resource: 'content:blog/premium' });
    const { reason, read } = await ask(bearer, { resource: 'content:blog/premium' });
    expect(read.statements).toBe(1);
    return { reason, rows: read.rows };
  };
  const fallBehind = () =>
    env.DB.batch([
      env.DB.prepare("update subscriptions set status = 'past_due', past_due_at = ? where id = ?").bind(
        Date.now() - 1,
        subscriptionId,
      ),
      env.DB.prepare('update grants set is_granted = 0, is_revoked = 1, revoked_at = ? where id = ?').bind(
        Date.now(),
        grantId,
      ),
    ]);
  const recover = () =>
    env.DB.batch([
      env.DB.prepare("update subscriptions set status = 'active' where id = ?").bind(subscriptionId),
      env.DB.prepare('update grants set is_granted = 1, is_revoked = 0 where id = ?').bind(grantId),
    ]);
  /** How many more rows are read while it is past due. */
  const measure = async () => {
    await setGrace(0);
    const active = await rowsRead();
    await setGrace(3);
    expect(await rowsRead()).toEqual(active);
    await fallBehind();
    const pastDue = await rowsRead();
    expect([active.reason, pastDue.reason]).toEqual(['granted', 'granted']);
    await recover();
    return pastDue.rows - active.rows;
  };
  const more = await measure();
  expect(more).toEqual(atMost(10));
  await grow(shop, ware, 100);
  await pay(120);
  expect(await measure()).toBe(more);
});
