import { expect, it } from 'vitest';
import { openBefore } from './migrations.ts';
import { seal, unseal } from '../../src/base/sealed.ts';
import type { Config } from '../../src/base/config.ts';
import { polarEventContext } from '../../src/base/polar-event.rules.ts';

/* Rows of the release in which a Polar event was called event, and an event fact. */

it('renames Polar events with whatever names them, and leaves the ids by which apps know what they were told', async () => {
  const { database, migrate } = openBefore('events_and_polar_events');
  const config = { encryptionKeys: [{ id: 'k1', key: new Uint8Array(32) }] } as unknown as Config;
  const sealed = await seal(config, 'event:evt_1', '{"type":"order.paid"}');
  database.exec(`
    insert into apps values ('app_1', 'quay-live', 'quay', 'live', 'Quay', '[]', '[]', 0, 0, 0);
    insert into events (id, mode, webhook_id, type, occurred_at, received_at, status, attempts, sealed_body)
      values ('evt_1', 'live', 'w1', 'order.paid', 1, 2, 'applied', 1, '${sealed}');
    insert into facts (id, app_id, mode, key, type, sequence, event_id, origin, body, occurred_at, created_at)
      values ('fct_1', 'app_1', 'live', 'payment.succeeded:o1', 'payment.succeeded', 1, 'evt_1', 'webhook', '{"data":{"id":"fct_1"}}', 1, 2),
        ('fct_2', 'app_1', 'live', 'payment.pending:p1', 'payment.pending', 2, null, 'api', '{"data":{"id":"fct_2"}}', 1, 2);
    insert into endpoints (id, app_id, url, description, events, enabled, failures, sealed_secret, created_at, updated_at) values ('ep_1', 'app_1', 'https://a.dev', '', '["*"]', 1, 0, '', 1, 1);
    insert into deliveries (id, fact_id, endpoint_id, app_id, sequence, status, attempts, next_attempt_at, lease_until, created_at)
      values ('dlv_1', 'fct_1', 'ep_1', 'app_1', 1, 'pending', 0, 0, 0, 0);
    insert into audit_log (id, at, actor, action, target) values
      ('aud_1', 1, 'operator', 'event.read', 'evt_1'), ('aud_2', 1, 'operator', 'event.reapplied', 'live'), ('aud_3', 1, 'operator', 'app.created', 'app_1');
    insert into reconcile_runs (id, mode, scope, trigger, status, started_at, next_step_at, lease_until, position, report) values
      ('rec_1', 'live', 'full', 'schedule', 'running', 1, 1, 0, '{"todo":[],"wanted":[{"kind":"order","id":"o1"},{"asked":"grants","id":"u1"}]}', '{}');`);

  migrate();

  const rows = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row));
  expect(rows('select id, webhook_id, status from polar_events')).toEqual([['pev_1', 'w1', 'applied']]);
  expect(rows('select id, polar_event_id, body from events order by sequence')).toEqual([
    ['fct_1', 'evt_1', '{"data":{"id":"fct_1"}}'],
    ['fct_2', null, '{"data":{"id":"fct_2"}}'],
  ]);
  expect(
    rows('select d.id as delivery, e.id as event from deliveries as d join events as e on e.id = d.event_id'),
  ).toEqual([['dlv_1', 'fct_1']]);
  expect(rows('select action, target from audit_log order by id')).toEqual([
    ['polar_event.read', 'pev_1'],
    ['polar_event.reapplied', 'live'],
    ['app.created', 'app_1'],
  ]);
  expect(rows('select position from reconcile_runs')).toEqual([
    ['{"todo":[],"rereads":[{"kind":"order","id":"o1"},{"reread":"grants","id":"u1"}]}'],
  ]);
  expect(() => database.exec("update deliveries set event_id = 'evt_none'")).toThrow(/FOREIGN KEY/);

  const [[body]] = rows('select sealed_body from polar_events') as [[string]];
  expect(await unseal(config, polarEventContext('pev_1'), body)).toBe('{"type":"order.paid"}');
  await expect(unseal(config, polarEventContext('pev_2'), body)).rejects.toThrow();
});
