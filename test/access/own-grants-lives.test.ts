import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runBatch } from '../../src/base/db/database.rows.ts';
import { untoldEnds } from '../../src/access/own-grants/own-grants-over.rows.ts';
import { tellEndedGrants } from '../../src/access/own-grants/tell-ended-grants.ts';
import { createServices } from '../../src/wiring.ts';
import { call } from '../harness/harness.ts';
import { type Failure, requestInterrupted } from '../harness/interrupted.ts';
import { seedExternal, seedPurchase, seedShop, seedWare, type Shop, uuid } from './access-rows.ts';

/*
 * Grants of the app's own beside purchases, in any order, with calls that fail or die at any statement and are asked again, and
 * crons that come late and twice at once: access is the union of what holds, and each beginning and end is told once.
 */

const RUNS = Math.min(Number(env.TEST_RUNS), 100);
const HOUR = 3_600_000;
const RESOURCE = 'content:courses/git/intro';

afterEach(() => {
  vi.useRealTimers();
});

type Step =
  | {
      do: 'give';
      to: 'customer' | 'external';
      hours: number | null;
      failure: Failure | undefined;
      crash: boolean;
    }
  | { do: 'take'; which: number; failure: Failure | undefined; crash: boolean }
  | { do: 'buy' }
  | { do: 'refund'; which: number }
  | { do: 'wait'; hours: number }
  | { do: 'cron'; twice: boolean };

const failure = fc.option(fc.record({ call: fc.integer({ min: 1, max: 4 }), after: fc.boolean() }), {
  nil: undefined,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('give' as const),
      to: fc.constantFrom('customer' as const, 'external' as const),
      hours: fc.option(fc.integer({ min: 1, max: 5 })),
      failure,
      crash: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      which: fc.nat(5),
      failure,
      crash: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('buy' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refund' as const), which: fc.nat(3) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cron' as const), twice: fc.boolean() }) },
);

interface Given {
  id: string;
  endsAt: number | null;
  takenAt: number | null;
}

/** The model: what was given and bought, in plain lists. */
class Life {
  readonly given: Given[] = [];
  readonly bought: { orderId: string; isRefunded: boolean }[] = [];
  calls = 0;

  holds(now: number): boolean {
    return (
      this.bought.some(({ isRefunded }) => !isRefunded) ||
      this.given.some(({ endsAt, takenAt }) => takenAt === null && (endsAt === null || endsAt > now))
    );
  }

  /** Why nothing holds: the latest end, of two at once the revocation. */
  reason(now: number): string {
    if (this.holds(now)) return 'granted';
    return this.bought.length + this.given.length === 0 ? 'not_granted' : 'lapsed';
  }
}

/** Asks until it is answered, as the kit does: first with a D1 that fails as told. */
async function insist(
  method: string,
  path: string,
  options: { key: string; body?: unknown; headers?: Record<string, string> },
  { failure, crash }: { failure: Failure | undefined; crash: boolean },
) {
  let answer = await requestInterrupted(method, path, options, failure, crash);
  for (let tries = 0; answer.status >= 500 || answer.status === 409; tries++) {
    if (tries > 4) throw new Error(`${method} ${path}: ${answer.status}`);
    if (answer.status === 409) vi.setSystemTime(Date.now() + 31_000);
    answer = await requestInterrupted(method, path, options, undefined, false);
  }
  return answer;
}

async function cron(): Promise<void> {
  const context = createExecutionContext();
  const services = createServices(env, context);
  const [ends] = await runBatch(services.database, [untoldEnds(services.now(), 100)]);
  await tellEndedGrants(services, ends);
  await waitOnExecutionContext(context);
}

async function reasonOf(shop: Shop, customer: string): Promise<string> {
  const query = new URLSearchParams({ customer, resource: RESOURCE, max_age: '0' });
  const { body } = await call<{ reason: string }>('GET', `/v1/access?${query.toString()}`, {
    key: shop.secretKey,
  });
  return body.reason;
}

async function live(steps: readonly Step[]): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
  const shop = await seedShop('sandbox');
  const ware = await seedWare(shop, { content: 'courses/git/*' });
  const customer = uuid();
  const external = `user-${customer}`;
  await seedExternal(shop, external, customer);
  const life = new Life();
  for (const each of steps) {
    // No two things happen in one moment.
    vi.setSystemTime(Date.now() + 1_000);
    switch (each.do) {
      case 'give': {
        const endsAt = each.hours === null ? null : Date.now() + each.hours * HOUR;
        const answer = await insist(
          'POST',
          '/v1/grants',
          {
            key: shop.secretKey,
            headers: { 'idempotency-key': `give-${life.calls++}` },
            body: {
              customer: each.to === 'customer' ? customer : `external:${external}`,
              resources: ['content:courses/git/*'],
              reason: 'Press copy',
              ...(endsAt === null ? {} : { expires_at: new Date(endsAt).toISOString() }),
            },
          },
          each,
        );
        expect(answer.status).toBe(201);
        life.given.push({ id: String(answer.body['id']), endsAt, takenAt: null });
        break;
      }
      case 'take': {
        const grant = life.given[each.which % Math.max(1, life.given.length)];
        if (!grant) break;
        const at = Date.now();
        const answer = await insist('DELETE', `/v1/grants/${grant.id}`, { key: shop.secretKey }, each);
        expect(answer.status).toBe(204);
        if (grant.endsAt === null || grant.endsAt > at) grant.takenAt ??= at;
        break;
      }
      case 'buy': {
        const { orderId } = await seedPurchase(shop, ware, customer);
        life.bought.push({ orderId, isRefunded: false });
        break;
      }
      case 'refund': {
        const purchase = life.bought[each.which % Math.max(1, life.bought.length)];
        if (!purchase) break;
        await env.DB.batch([
          env.DB.prepare("update orders set status = 'refunded', version = ?2 where id = ?1").bind(
            purchase.orderId,
            Date.now() * 1000,
          ),
          env.DB.prepare(
            'update grants set is_granted = 0, is_revoked = 1, revoked_at = ?2 where order_id = ?1',
          ).bind(purchase.orderId, Date.now()),
        ]);
        purchase.isRefunded = true;
        break;
      }
      case 'wait':
        vi.setSystemTime(Date.now() + each.hours * HOUR);
        break;
      case 'cron':
        await Promise.all(each.twice ? [cron(), cron()] : [cron()]);
    }
    const expected = life.reason(Date.now());
    for (const who of [customer, `external:${external}`]) {
      const reason = await reasonOf(shop, who);
      expect(reason === 'revoked' || reason === 'expired' ? 'lapsed' : reason).toBe(expected);
    }
  }
  await cron();
  const { results } = await env.DB.prepare('select key, body from events where app_id = ? order by sequence')
    .bind(shop.app.id)
    .all<{ key: string; body: string }>();
  const ended = ({ endsAt, takenAt }: Given) => takenAt !== null || (endsAt !== null && endsAt <= Date.now());
  const expected = life.given.flatMap((grant) => [
    `grant.created:${grant.id} -`,
    ...(ended(grant) ? [`grant.revoked:${grant.id} ${grant.takenAt === null ? 'expired' : 'revoked'}`] : []),
  ]);
  const told = results.map(({ key, body }) => {
    const { data } = JSON.parse(body) as { data: { reason?: string } };
    return `${key} ${data.reason ?? '-'}`;
  });
  expect(told.toSorted()).toEqual(expected.toSorted());
}

describe('whatever happens', () => {
  it('access is the union, and each beginning and end is told once', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), live), {
      numRuns: RUNS,
    });
  });
});
