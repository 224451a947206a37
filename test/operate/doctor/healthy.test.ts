import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { call } from '../../harness/harness.ts';
import { startPayment } from '../../harness/story.ts';
import { CHECKS, FIXABLE } from '../../../src/operate/doctor/checks.ts';
import { certain, consult, createPatient, fix, type Patient } from './surgery.ts';

let patient: Patient;
beforeEach(async () => {
  patient = await createPatient();
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

  it('asks Polar a bounded number of times, and reads a bounded number of rows', async () => {
    patient.world.polarRequests.length = 0;
    await consult();
    expect(patient.world.polarRequests.length).toBeLessThanOrEqual(8);
  });
});

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

  it('does not hold up the rest: a queue that hangs', { timeout: 30_000 }, async () => {
    const hangs = { sendBatch: () => new Promise(() => undefined) };
    patient.world.polarDown = true;
    // Its round of checks has been made for this minute.
    await env.DB.prepare("update health_checks set checked_at = 0 where part = 'round'").run();
    const diagnosis = await consult({ WORK: hangs, WORK_SLOW: hangs });
    expect(diagnosis.checked.length).toBe(CHECKS.length);
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
