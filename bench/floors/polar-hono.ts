/**
 * What people do today: `@polar-sh/hono` with its entitlements, unmodified. They answer no questions: they run callbacks
 * when a webhook says that a benefit was granted or revoked, and the shop keeps what it needs. Here that is a row in D1,
 * and a check is one query for it. Events that come late or in another order are believed, as the helper leaves it.
 */
import { env } from 'cloudflare:workers';
import { Entitlements, EntitlementStrategy, Webhooks } from '@polar-sh/hono';
import { Hono } from 'hono';

interface Bindings {
  DB: D1Database;
  SECRET: string;
}

/** The benefit's description: the helper knows benefits by nothing else. */
const BENEFIT = 'Reader';
const { DB, SECRET } = env as unknown as Bindings;

const reader = new EntitlementStrategy()
  .grant(async ({ customer }) => {
    await DB.prepare('insert or ignore into floor_grants (customer_id, benefit) values (?1, ?2)')
      .bind(customer.id, BENEFIT)
      .run();
  })
  .revoke(async ({ customer }) => {
    await DB.prepare('delete from floor_grants where customer_id = ?1 and benefit = ?2')
      .bind(customer.id, BENEFIT)
      .run();
  });

const shop = new Hono<{ Bindings: Bindings }>();
shop.post('/webhooks', Webhooks({ webhookSecret: SECRET, entitlements: Entitlements.use(BENEFIT, reader) }));
shop.get('/', async (c) => {
  const row = await c.env.DB.prepare('select 1 from floor_grants where customer_id = ?1 and benefit = ?2')
    .bind(c.req.query('customer'), BENEFIT)
    .first();
  return c.json({ allow: row !== null });
});

export default shop;
