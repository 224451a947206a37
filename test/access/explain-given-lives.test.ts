import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { decideThen } from '../../src/access/explain/explain-access.ts';
import type { Subject } from '../../src/base/subject.rules.ts';
import { createServices } from '../../src/wiring.ts';
import { seedCustomer, someone } from '../people/sign-in-calls.ts';
import { type GiftDesk, openGiftDesk, seedBought } from '../sell/gift-calls.ts';
import { seedExternal, seedPurchase, seedShop, seedWare, type Shop } from './access-rows.ts';

/*
 * What `/v1/access` answered while an app gave, took back, gave purchases away and had them claimed, beside what the explanation
 * says later that it was: for customers, for the app's own ids and for single purchases (ADR 102).
 */

const RUNS = Math.min(Number(env.TEST_RUNS), 4);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const RESOURCES = ['content:blog/premium', 'feature:beta'];

afterEach(() => {
  vi.useRealTimers();
});

const who = fc.constantFrom('giver', 'external:giver', 'buddy', 'external:buddy', 'external:stranger');
type Who = typeof who extends fc.Arbitrary<infer T> ? T : never;
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('give' as const),
      to: who,
      hours: fc.option(fc.integer({ min: 1, max: 4 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('take' as const), nth: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('gift' as const) }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('claim' as const), by: fc.option(who) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom('cancel' as const, 'resend' as const) }) },
  // To the very moment of an end, to the millisecond before it, or past it.
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('wait' as const),
      ms: fc.constantFrom(HOUR - 1_000, HOUR - 1_001, 2 * HOUR, 3 * DAY),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Recorded {
  subject: Subject;
  at: number;
  answers: string[];
}

async function live(
  steps: readonly Step[],
  meddle?: () => Promise<unknown>,
): Promise<{ wrong: string[]; kinds: Set<string> }> {
  await env.DB.prepare('delete from polar_budgets').run();
  // At a full second, in which grants end.
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
  const [desk, shop] = [openGiftDesk(), await seedShop()];
  const { paymentId, giver } = await seedBought(shop);
  const buddy = await seedCustomer(shop, someone());
  await seedPurchase(shop, await seedWare(shop, { content: 'blog/other' }), buddy);
  await seedExternal(shop, 'giver', giver);
  await seedExternal(shop, 'buddy', buddy);
  const nameOf = (name: Who) => (name === 'giver' ? giver : name === 'buddy' ? buddy : name);
  const names = ['giver', 'external:giver', 'buddy', 'external:buddy', 'external:stranger'] as const;
  const subjects = names.map((name): [Subject, object] => [
    subjectOf(nameOf(name)),
    { customer: nameOf(name) },
  ]);
  const recorded: Recorded[] = [];
  const kinds = new Set<string>();
  const world = { desk, shop, paymentId, nameOf, grants: [] as string[], gift: '', link: '' };
  let session = '';
  const note = async (subject: Subject, key: string, more: object) => {
    const { status, body } = await desk.send('POST', '/v1/access/batch', {
      key,
      body: { resources: RESOURCES, max_age: 0, ...more },
    });
    // The session has run out.
    if (status === 401) return;
    const { results } = body as unknown as { results: Record<string, unknown>[] };
    const answers = results.map(({ allow, reason, expires_at }) =>
      JSON.stringify([allow, reason, expires_at]),
    );
    answers.forEach((answer) => kinds.add(answer));
    recorded.push({ subject, at: Date.now(), answers });
  };
  for (const each of steps) {
    // No two things happen in one moment.
    vi.setSystemTime(Date.now() + 1_000);
    session = (await act(world, each)) ?? session;
    for (const [subject, named] of subjects) await note(subject, shop.secretKey, named);
    if (session !== '') await note({ kind: 'purchase', paymentId }, session, {});
  }
  vi.setSystemTime(Date.now() + DAY);
  await meddle?.();
  const wrong: string[] = [];
  const services = createServices(env, createExecutionContext());
  for (const { subject, at, answers } of recorded) {
    const explained = await decideThen(services, { app: shop.app, subject, at }, RESOURCES);
    const said = explained.map(({ decision: { allow, reason, endsAt } }) =>
      JSON.stringify([
        allow,
        reason,
        endsAt === null ? null : new Date(Math.floor(endsAt / 1000) * 1000).toISOString(),
      ]),
    );
    for (const [nth, answer] of answers.entries())
      if (said[nth] !== answer)
        wrong.push(
          `${JSON.stringify(subject)} ${RESOURCES[nth]} at ${at}: answered ${answer}, explained ${said[nth]}`,
        );
  }
  return { wrong, kinds };
}

function subjectOf(name: string): Subject {
  return name.startsWith('external:')
    ? { kind: 'external', externalId: name.slice('external:'.length) }
    : { kind: 'customer', customerId: name };
}

interface World {
  desk: GiftDesk;
  shop: Shop;
  paymentId: string;
  nameOf: (name: Who) => string;
  grants: string[];
  gift: string;
  link: string;
}

/** Does a step; resolves to the session that it gave. */
async function act(world: World, each: Step): Promise<string | undefined> {
  const { desk, shop } = world;
  switch (each.act) {
    case 'give': {
      const { body } = await desk.send('POST', '/v1/grants', {
        key: shop.secretKey,
        body: {
          customer: world.nameOf(each.to),
          resources: ['feature:beta', 'content:blog/*'],
          reason: 'Trial',
          expires_at: each.hours === null ? null : new Date(Date.now() + each.hours * HOUR).toISOString(),
        },
      });
      world.grants.push(body.id);
      return undefined;
    }
    case 'take': {
      const id = world.grants[each.nth];
      if (id !== undefined) await desk.send('DELETE', `/v1/grants/${id}`, { key: shop.secretKey });
      return undefined;
    }
    case 'gift': {
      const { status, body } = await desk.give(shop, { payment: world.paymentId, expires_in_days: 5 });
      if (status === 201) Object.assign(world, { gift: body.id, link: body.claim_url ?? '' });
      return undefined;
    }
    case 'claim': {
      if (world.link === '') return undefined;
      if (each.by !== null) {
        await desk.claim(shop, world.link, world.nameOf(each.by));
        return undefined;
      }
      const accepted = await desk.accept(world.link, { email: someone() });
      return accepted.status === 200 ? desk.arrive(shop, accepted) : undefined;
    }
    case 'cancel':
      if (world.gift !== '') await desk.cancel(shop, world.gift);
      return undefined;
    case 'resend': {
      if (world.gift === '') return undefined;
      const { status, body } = await desk.resend(shop, world.gift);
      if (status === 200) world.link = body.claim_url ?? '';
      return undefined;
    }
    case 'wait':
      vi.setSystemTime(Date.now() + each.ms);
      return undefined;
  }
}

it('explains what was answered of own grants and gifts, whoever was asked about, at every moment', async () => {
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), async (steps) => {
      const lived = await live(steps);
      lived.kinds.forEach((kind) => kinds.add(kind));
      expect(lived.wrong).toEqual([]);
    }),
    { numRuns: RUNS, ...(env.TEST_SEED === '' ? {} : { seed: Number(env.TEST_SEED) }) },
  );
  // Or the test would show nothing.
  for (const reason of ['"granted"', '"not_granted"', '"unknown_customer"'])
    expect(
      [...kinds].some((kind) => kind.includes(reason)),
      reason,
    ).toBe(true);
});

it.each([
  ['a claim that is told as earlier than it was', 'update gifts set claimed_at = claimed_at - 3600000'],
  ['a grant that is told as taken back later', 'update own_grants set revoked_at = revoked_at + 3600000'],
])('the comparison finds %s', async (_, sql) => {
  const steps: Step[] = [
    { act: 'give', to: 'external:stranger', hours: null },
    { act: 'gift' },
    { act: 'take', nth: 0 },
    { act: 'wait', ms: HOUR },
    { act: 'claim', by: 'buddy' },
  ];
  const { wrong } = await live(steps, () => env.DB.prepare(sql).run());
  expect(wrong.length).toBeGreaterThan(0);
});
