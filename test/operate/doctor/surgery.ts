import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { type Mode, MODES } from '../../../src/base/mode.rules.ts';
import type { DiagnosisView, FindingView, MendedView } from '../../../src/operate/doctor/doctor.answers.ts';
import { fetchGateway } from '../../harness/front-door.ts';
import { createWorld, GATEWAY_URL, type TestApp, type World } from '../../harness/harness.ts';
import { runCron } from '../../compare/reconcile-calls.ts';

/* What the doctor's tests share: a gateway that is well, and faults that are planted in it. */

export interface Patient {
  world: World;
  /** In the sandbox, with a product `quay:lifetime`. */
  quay: TestApp;
  product: string;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A gateway on which the doctor finds nothing: both modes have an app that sells something, and the cron has run. */
export async function createPatient(modes: readonly Mode[] = MODES): Promise<Patient> {
  const world = await createWorld();
  const quay = await world.createApp({ product: 'quay' });
  const { id: product } = await world.createProduct({ name: 'quay:lifetime' });
  if (modes.includes('live')) {
    await world.createApp({ product: 'quay', mode: 'live' });
    await world.createProduct({ name: 'quay:lifetime', mode: 'live' });
  }
  await world.settle();
  await runCron();
  return { world, quay, product };
}

/** The gateway with other bindings than it should have. */
export type Bindings = Record<string, unknown>;

async function ask<T>(method: string, path: string, bindings: Bindings, body?: unknown): Promise<T> {
  const request = new Request(GATEWAY_URL + path, {
    method,
    headers: { authorization: `Bearer ${env.FLOE_ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await fetchGateway(request, { ...env, ...bindings });
  const text = await response.text();
  expect([response.status, text]).toEqual([200, text]);
  for (const secret of secretsOf(bindings)) expect(text).not.toContain(secret);
  return JSON.parse(text) as T;
}

/** No answer may hold one of them. */
function secretsOf(bindings: Bindings): string[] {
  return Object.entries({ ...env, ...bindings }).flatMap(([name, value]) =>
    typeof value === 'string' &&
    /SECRETS$|ACCESS_TOKEN$|ADMIN_TOKEN$|ENCRYPTION_KEYS$/.test(name) &&
    value !== ''
      ? value.split(',')
      : [],
  );
}

export const consult = (bindings: Bindings = {}) => ask<DiagnosisView>('GET', '/admin/doctor', bindings);
export const fix = (codes?: string[], bindings: Bindings = {}) =>
  ask<MendedView>('POST', '/admin/doctor/fix', bindings, codes ? { codes } : {});

/** What was found for certain. */
export const certain = ({ data }: DiagnosisView): FindingView[] =>
  data.filter(({ severity }) => severity !== 'unknown');
const codesOf = (diagnosis: DiagnosisView): string[] => [
  ...new Set(certain(diagnosis).map(({ code }) => code)),
];

interface Plan {
  /** Plants the fault. Gives the bindings to ask with, if they are a part of it. */
  plant: () => Promise<Bindings | void>;
  /** What the finding says of the concrete object. */
  says: RegExp;
  /** Other codes that the same fault leads to. */
  also?: readonly string[];
  /** `--fix` mends it. */
  mends?: boolean;
  /** Puts back what other tests need. */
  undo?: () => Promise<unknown>;
}

/**
 * Plants one fault in a healthy gateway: before it the doctor finds nothing, and then this code, with nothing that has not
 * to do with it. With `mends`, mending it makes the gateway well, and is safe to repeat. A test of this form is asked for by
 * `agree.rules.test.ts` for each code.
 */
export function planted(
  code: string,
  title: string,
  { plant, says, also = [], mends = false, undo }: Plan,
): void {
  it(`${code}: ${title}`, async () => {
    try {
      const bindings = (await plant()) ?? {};
      const diagnosis = await consult(bindings);
      expect(codesOf(diagnosis).toSorted()).toEqual([code, ...also].toSorted());
      const found = certain(diagnosis).filter((each) => each.code === code);
      expect(found.map(({ detail }) => detail).join('\n')).toMatch(says);
      expect(found.every(({ fixable }) => fixable === mends)).toBe(true);
      expect(diagnosis.status).toBe('problems');
      if (!mends) return;
      const mended = await fix([code], bindings);
      expect(new Set(mended.data.map((each) => `${each.code} ${each.outcome}`))).toEqual(
        new Set([`${code} mended`]),
      );
      await expect
        .poll(async () => codesOf(await consult(bindings)), { timeout: 10_000 })
        .toEqual(also.filter((each) => each !== code));
      expect((await fix([code], bindings)).data).toEqual([]);
      const { results } = await env.DB.prepare(
        "select target from audit_log where action = 'doctor.mended'",
      ).all<{
        target: string;
      }>();
      expect(new Set(results.map(({ target }) => target.split(':')[0]))).toEqual(new Set([code]));
    } finally {
      await undo?.();
    }
  });
}
