import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import worker from '../../src/index.ts';
import { createWorld } from '../harness/harness.ts';

/* In a flood strangers make rows by the thousand; once these are over they are deleted as fast as they came. */

const ROWS = 6_000;
const TABLES = {
  idempotency_keys: `insert into idempotency_keys (app_id, route, key, fingerprint, lease_token, lease_until, created_at, expires_at)
    select (select id from apps), 'POST /v1/sign-in', n.value, 'x', 'x', 0, 0, 1 from n`,
  sign_in_attempts: `insert into sign_in_attempts (id, app_id, mode, holder, email, browser_hash, code_hash, link_hash, guesses, created_at, expires_at)
    select 'sia_' || n.value, (select id from apps), 'sandbox', 'app', 'x@x.dev', 'x', 'x', 'x', 0, 1, 1 from n`,
  sessions: `insert into sessions (id, hash, app_id, created_at, expires_at)
    select 'ses_' || n.value, n.value, (select id from apps), 0, 1 from n`,
  codes: `insert into codes (hash, app_id, payment_id, callback_url, expires_at)
    select n.value, (select id from apps), 'pay_x', 'https://x.dev', 1 from n`,
};

test('thousands of rows that are over go in one run, and what is not over stays', async () => {
  const world = await createWorld();
  await world.createApp({ product: 'quay', webhook: false });
  for (const insert of Object.values(TABLES))
    await env.DB.prepare(
      `with recursive n(value) as (select 1 union all select value + 1 from n where value < ${ROWS}) ${insert}`,
    ).run();
  await env.DB.prepare(`update sessions set expires_at = ${Date.now() + 60_000} where id = 'ses_1'`).run();
  const context = createExecutionContext();
  await worker.scheduled({} as ScheduledController, env, context);
  await waitOnExecutionContext(context);
  const left: Record<string, number | null> = {};
  for (const table of Object.keys(TABLES))
    left[table] = await env.DB.prepare(`select count(*) as n from ${table}`).first<number>('n');
  expect(left).toEqual({ idempotency_keys: 0, sign_in_attempts: 0, sessions: 1, codes: 0 });
});
