import type { DatabaseSync } from 'node:sqlite';
import { AGES } from '../../src/base/ages.rules.ts';
import { beforeAll, expect, it } from 'vitest';
import type { Database } from '../../src/base/db/database.rows.ts';
import { firstIdAt, type IdKind } from '../../src/base/ids.rules.ts';
import type { Services } from '../../src/base/services.ts';
import { selectPolarEvents } from '../../src/hear/polar-event-list.rows.ts';
import { pruneExpired, pruneTold, pruneUnpaid } from '../../src/operate/prune-records.ts';
import { selectPayments } from '../../src/sell/payment-list.rows.ts';
import { selectEvents } from '../../src/tell/deliveries/deliveries.rows.ts';
import { selectDeliveries } from '../../src/tell/deliveries/delivery-list.rows.ts';
import { insertRow, openBefore } from './migrations.ts';
import { openAsD1 } from './sqlite-d1.ts';

/* Rows of the release before, whose lists and prunes had indexes of their own: all are found as before. */

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 1);
const STATUSES = ['pending', 'succeeded', 'failed', 'expired'];
/** Rows of a status are made on each of these days before now. */
const DAYS = [0, 5, 30, 95, 100, 200];

let database: DatabaseSync;
let d1: Database;

const idOf = (kind: IdKind, day: number, nth: string) =>
  `${firstIdAt(kind, NOW - day * DAY).slice(0, -4)}${nth}`;
const count = (from: string) =>
  Object.values(database.prepare(`select count(*) from ${from}`).get() ?? {})[0];

const insert = (table: string, row: Parameters<typeof insertRow>[2]) => insertRow(database, table, row);

beforeAll(() => {
  const opened = openBefore('fewer_rows_written');
  ({ database } = opened);
  d1 = openAsD1(database);
  database.exec(`
    insert into apps values ('app_1', 'quay-live', 'quay', 'live', 'Quay', '[]', '[]', 0, 0, 0);
    insert into endpoints (id, app_id, url, description, events, enabled, failures, sealed_secret, created_at, updated_at, deleted_at)
      values ('ep_1', 'app_1', 'https://a.dev', '', '["*"]', 1, 0, '', 1, 1, null), ('ep_2', 'app_1', 'https://b.dev', '', '["*"]', 1, 0, '', 1, 1, 1);`);
  let sequence = 0;
  for (const day of DAYS)
    for (const [i, status] of STATUSES.entries()) {
      const at = NOW - day * DAY;
      const nth = `000${i}`;
      const id = idOf('pay', day, nth);
      insert('payments', {
        id,
        mode: 'live',
        app_id: 'app_1',
        method: 'polar',
        status,
        kind: 'checkout',
        product_id: i % 2 === 0 ? 'p_1' : 'p_2',
        refunded_amount: 0,
        customer_id: day === 30 ? 'c_1' : null,
        external_customer_id: day === 0 ? 'user-1' : null,
        customer_proven: 0,
        checkout_id: `ch_${id}`,
        order_id: status === 'succeeded' ? `o_${id}` : null,
        metadata: '{}',
        created_at: at,
        updated_at: at,
      });
      // What the first release told has ids of another form (ADR 66).
      const eventId = idOf('evt', day, nth).replace('evt_', day > 90 ? 'fct_' : 'evt_');
      insert('events', {
        id: eventId,
        app_id: 'app_1',
        mode: 'live',
        key: `payment.${status}:${id}`,
        type: `payment.${status}`,
        sequence: ++sequence,
        payment_id: id,
        origin: 'webhook',
        body: '{"data":{}}',
        occurred_at: at,
        created_at: at,
      });
      const delivery = status === 'expired' ? 'canceled' : status;
      // One of those that failed did so long after it was made.
      const endedAfter = day === 95 && status === 'failed' ? 4 * DAY : 1_000;
      insert('deliveries', {
        id: idOf('dlv', day, nth),
        event_id: eventId,
        endpoint_id: i === 0 ? 'ep_2' : 'ep_1',
        app_id: 'app_1',
        sequence,
        status: delivery,
        attempts: 1,
        next_attempt_at: at,
        lease_until: 0,
        created_at: at,
        finished_at: delivery === 'pending' ? null : at + endedAfter,
      });
      insert('delivery_attempts', {
        id: idOf('att', day, nth),
        delivery_id: idOf('dlv', day, nth),
        attempt: 1,
        at,
        latency_ms: 1,
      });
      insert('polar_events', {
        id: idOf('pev', day, nth),
        mode: 'live',
        webhook_id: id,
        type: i === 0 ? 'checkout.updated' : 'order.paid',
        occurred_at: at,
        received_at: at,
        status: status === 'failed' ? 'failed' : 'applied',
        attempts: 1,
        customer_id: '',
        checkout_id: `ch_${id}`,
        sealed_body: 'x',
      });
    }
  opened.migrate();
});

it('are in every list, newest first', async () => {
  const all = { limit: 100 };
  const of = async (filter: object) => {
    const { rows } = await selectPayments(
      d1,
      { id: 'app_1', mode: 'live' },
      { ...filter, sort: '-created_at' },
      { ...all, after: undefined },
    );
    expect(rows.map((row) => row.createdAt)).toEqual(
      rows.map((row) => row.createdAt).toSorted((a, b) => b - a),
    );
    return rows.length;
  };
  expect(await of({})).toBe(24);
  expect(await of({ status: 'failed' })).toBe(6);
  expect(await of({ productId: 'p_1' })).toBe(12);
  expect(await of({ productId: 'p_1', status: 'pending' })).toBe(6);
  expect(await of({ customerId: 'c_1' })).toBe(4);
  expect(await of({ externalId: 'user-1' })).toBe(4);
  expect(await of({ createdAfter: NOW - 6 * DAY, createdBefore: NOW })).toBe(4);

  const page = { limit: 100, after: undefined };
  const sent = async (filter: object) =>
    (await selectDeliveries(d1, { appId: 'app_1', ...filter }, page)).rows.length;
  expect(await sent({})).toBe(24);
  expect(await sent({ status: 'canceled' })).toBe(6);
  expect(await sent({ endpointId: 'ep_2' })).toBe(6);
  expect(await sent({ type: 'payment.failed' })).toBe(6);
  expect(await sent({ type: 'payment.*', endpointId: 'ep_1', since: NOW - 31 * DAY })).toBe(9);

  const told = async (filter: object) =>
    (await selectEvents(d1, { appId: 'app_1', ...filter }, { limit: 100, beforeSequence: undefined })).rows
      .length;
  expect([await told({}), await told({ type: 'payment.failed' })]).toEqual([24, 6]);

  const heard = async (filter: object) => (await selectPolarEvents(d1, filter, page)).rows.length;
  expect(await heard({})).toBe(24);
  expect(await heard({ status: 'applied' })).toBe(18);
  expect(await heard({ status: 'failed', mode: 'live' })).toBe(6);
  expect(await heard({ since: NOW - 6 * DAY })).toBe(8);
});

it('go after their time, and nothing else does', async () => {
  const services = {
    database: d1,
    config: { keepDays: Object.fromEntries(Object.entries(AGES).map(([name, [days]]) => [name, days])) },
    now: () => NOW,
    budget: { hasRoomFor: () => true },
  } as unknown as Services;
  await pruneExpired(services);
  // Those of 95, 100 and 200 days before.
  expect(count('polar_events where sealed_body is null')).toBe(12);
  await pruneTold(services);
  // What waits stays.
  expect(count('deliveries')).toBe(3 * 4 + 3);
  expect(count("deliveries where status <> 'pending'")).toBe(9);
  expect(count('delivery_attempts')).toBe(3 * 4 + 3);
  // An event whose delivery still waits keeps its body.
  expect(count("events where body = '{}'")).toBe(9);
  expect(count('polar_events')).toBe(20);
  await pruneUnpaid(services);
  expect(count("payments where status = 'succeeded'")).toBe(6);
  // Pending ones are asked about for longer.
  expect(count("payments where status = 'pending'")).toBe(3);
  expect(count("payments where status in ('failed', 'expired')")).toBe(4);
  expect(count("polar_events where type = 'checkout.updated'")).toBe(2);
  expect(count("polar_events where type = 'order.paid'")).toBe(15);
  // A second run finds nothing more.
  const before = count('deliveries');
  await pruneTold(services);
  expect(count('deliveries')).toBe(before);
});
