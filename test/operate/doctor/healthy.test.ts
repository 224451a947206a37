import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bindings } from '../../../src/base/config.ts';
import { call } from '../../harness/harness.ts';
import { countBindings, NOTHING_SPENT } from '../../harness/spending.ts';
import { startPayment } from '../../harness/story.ts';
import { CHECKS, FIXABLE } from '../../../src/operate/doctor/checks.ts';
import { certain, consult, createPatient, fix, type Patient } from './surgery.ts';

let patient: Patient;
beforeEach(async () => {
  patient = await createPatient();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a healthy gateway', () => {
  it('has nothing said of it, before and after it has sold', async () => {
    const { world, quay, product } = patient;
    const before = await consult();
    expect(before.data).toEqual([]);
    expect(before).toMatchObject({ status: 'ok', not_applicable: [] });
    expect(before.checked).toEqual(CHECKS.map(({ code }) => code));
    const payment = await startPayment(quay, product);
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    expect((await consult()).data).toEqual([]);
    expect(await fix()).toEqual({ data: [] });
  });

  it('is asked by its operator only', async () => {
    for (const key of [patient.quay.secretKey, patient.quay.publishableKey])
      for (const [method, path] of [
        ['GET', '/admin/doctor'],
        ['POST', '/admin/doctor/fix'],
      ] as const)
        expect((await call(method, path, { key })).status).toBe(403);
  });

  it('asks Polar and D1 no oftener, and reads no more rows, after it has sold much', async () => {
    const { world, quay, product } = patient;
    const payment = await startPayment(quay, product);
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    const measure = async () => {
      world.polarRequests.length = 0;
      const spent = { ...NOTHING_SPENT };
      expect((await consult({ ...countBindings(env as unknown as Bindings, spent) })).data).toEqual([]);
      return { ...spent, polar: world.polarRequests.length };
    };
    await measure();
    const before = await measure();
    await env.DB.batch(GROW.map((statement) => env.DB.prepare(statement)));
    const after = await measure();
    expect(after.polar).toBeLessThanOrEqual(6);
    expect(after.statements).toBe(before.statements);
    expect(after.rowsRead - before.rowsRead).toBeLessThan(50);
  });
});

const thousands = (columns: string, table: string, values: string) => `
  with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
  insert into ${table} (${columns}) select ${values} from (select * from ${table} limit 1), n`;
/** Three thousand of what there are most of, all over and done. */
const GROW = [
  thousands(
    'id, mode, webhook_id, type, occurred_at, received_at, status, app_id, attempts, customer_id',
    'polar_events',
    "id || i, mode, 'grown ' || i, type, occurred_at, received_at, 'applied', app_id, 1, ''",
  ),
  thousands(
    'id, app_id, mode, key, type, sequence, origin, body, occurred_at, created_at',
    'events',
    "'grown ' || i, app_id, mode, 'grown ' || i, type, 1000 + i, origin, '{}', occurred_at, created_at",
  ),
  `insert into deliveries (id, event_id, endpoint_id, app_id, sequence, status, attempts, next_attempt_at, lease_until, created_at, finished_at)
    select e.id, e.id, d.endpoint_id, d.app_id, e.sequence, 'succeeded', 1, d.next_attempt_at, 0, d.created_at, d.created_at
    from events as e, (select * from deliveries limit 1) as d where e.id like 'grown %'`,
];

describe('what cannot be found out', () => {
  it('is said, and never taken for well: Polar is away', async () => {
    patient.world.polarDown = true;
    const diagnosis = await consult();
    expect(diagnosis.status).toBe('problems');
    expect(certain(diagnosis)).toEqual([]);
    const unknown = diagnosis.data.map(({ code, mode }) => `${code} ${mode}`);
    const asksPolar = CHECKS.filter(({ code }) => /^(polar_(token|wrong|endpoint)|clock)/.test(code));
    expect(unknown.toSorted()).toEqual(
      asksPolar.flatMap(({ code }) => [`${code} live`, `${code} sandbox`]).toSorted(),
    );
    for (const { detail } of diagnosis.data) expect(detail).toContain('Polar cannot be reached');
    const mended = await fix(['polar_endpoint_missing']);
    expect(mended.data.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
  });

  it('is said: D1 is away', async () => {
    const broken = {
      prepare: () => {
        throw new Error('D1_ERROR: away');
      },
    };
    const diagnosis = await consult({ DB: broken });
    expect(diagnosis.status).toBe('problems');
    expect(diagnosis.data.filter(({ code }) => code === 'migrations_missing')).toMatchObject([
      { severity: 'unknown', detail: expect.stringContaining('D1 does not answer') },
    ]);
  });

  it('does not hold up the rest: a statement that never ends', async () => {
    const hangs = { bind: () => ({ all: () => new Promise(() => undefined) }) };
    const database = {
      prepare: (query: string) => (query.includes('from rereads') ? hangs : env.DB.prepare(query)),
      batch: (statements: D1PreparedStatement[]) => env.DB.batch(statements),
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked = consult({ DB: database });
    await scheduler.wait(1_500);
    vi.advanceTimersByTime(8_000);
    expect((await asked).data).toMatchObject([
      { code: 'rereads_late', severity: 'unknown', detail: expect.stringContaining('longer than 8 seconds') },
    ]);
  });
});

describe('mending', () => {
  it('refuses what it does not know or what a person has to decide, by name', async () => {
    for (const code of ['no_such_code', 'mode_without_app']) {
      const answer = await call('POST', '/admin/doctor/fix', {
        key: env.FLOE_ADMIN_TOKEN,
        body: { codes: [code] },
      });
      expect([answer.status, answer.body['code']]).toEqual([422, 'validation_failed']);
      expect(answer.text).toContain(FIXABLE[0]);
    }
  });

  it('of one mode leaves the other alone', async () => {
    const { world } = patient;
    for (const mode of ['live', 'sandbox'] as const)
      await world.polar(mode, 'PATCH', `/v1/webhooks/endpoints/${world.polarEndpoints[mode]}`, {
        enabled: false,
      });
    const body = { mode: 'live' };
    const answer = await call<{ data: { mode: string }[] }>('POST', '/admin/doctor/fix', {
      key: env.FLOE_ADMIN_TOKEN,
      body,
    });
    expect(answer.body.data.map(({ mode }) => mode)).toEqual(['live']);
    expect(certain(await consult()).map(({ code, mode }) => [code, mode])).toEqual([
      ['polar_endpoint_disabled', 'sandbox'],
    ]);
  });

  it('says of each what failed, and goes on with the others', async () => {
    const { world } = patient;
    await world.polar('sandbox', 'DELETE', `/v1/webhooks/endpoints/${world.polarEndpoints.sandbox}`);
    await world.polar('live', 'PATCH', `/v1/webhooks/endpoints/${world.polarEndpoints.live}`, {
      enabled: false,
    });
    // Polar takes no secret of fewer than 32 characters.
    const short = { POLAR_SANDBOX_WEBHOOK_SECRETS: 'only-29-characters-0123456789a' };
    expect((await fix(undefined, short)).data).toEqual([
      {
        code: 'polar_endpoint_missing',
        mode: 'sandbox',
        outcome: 'failed',
        detail: expect.stringContaining('POLAR_SANDBOX_WEBHOOK_SECRETS'),
      },
      { code: 'polar_endpoint_disabled', mode: 'live', outcome: 'mended', detail: expect.any(String) },
    ]);
  });
});
