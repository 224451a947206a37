import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/d1';
import { eq } from 'drizzle-orm';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decideThen } from '../../src/access/explain/explain-access.ts';
import { apps } from '../../src/base/db/schema.rows.ts';
import { createServices } from '../../src/wiring.ts';
import { life } from './lives/actions.ts';
import { RESOURCES } from './lives/expected.ts';
import { live, type Watcher } from './lives/live.ts';
import type { Place } from './lives/living.ts';

/*
 * What `/v1/access` really answered in generated lives, after every webhook and every move of the clock, beside what the
 * explanation says later that it was (ADR 102).
 */

const isCi = env.TEST_IS_CI === '1';
const ANSWERS = isCi ? 10_000 : 1_000;
const LIVES_PER_WORLD = isCi ? 25 : 8;
const SEED = env.TEST_SEED === '' ? Math.floor(Math.random() * 2 ** 31) : Number(env.TEST_SEED);
/** Each nth is asked for by HTTP as well. */
const BY_HTTP = 40;

interface Recorded {
  customerId: string;
  at: number;
  results: { resource: string; allow: boolean; reason: string; expires_at: string | null }[];
}

/** Names for all that the shop sells, however it is asked for, and for what nobody sells. */
const askedOf = ({ shop }: Place) => [
  ...RESOURCES,
  'content:of-nobody',
  'content:extra/part',
  'plan:*',
  ...Object.values(shop.products).map((id) => `product:${id}`),
  ...Object.values(shop.benefits).map((id) => `benefit:${id}`),
  `product:${NOBODYS}`,
];
const NOBODYS = '00000000-0000-4000-8000-00000000dead';

async function record(place: Place, customerId: string, into: Recorded[]): Promise<void> {
  const at = Date.now();
  const { gateway, app } = place;
  const { status, body } = await gateway.call<{ results: Recorded['results'] }>('POST', '/v1/access/batch', {
    key: app.secretKey,
    body: { customer: customerId, resources: askedOf(place), max_age: 0 },
  });
  expect(status).toBe(200);
  into.push({ customerId, at, results: body.results });
}

/** Where the explanation says otherwise. */
async function compare(place: Place, recorded: readonly Recorded[]): Promise<string[]> {
  const [app] = await drizzle(env.DB).select().from(apps).where(eq(apps.id, place.app.id));
  if (!app) throw new Error('no app');
  const wrong: string[] = [];
  const asked = askedOf(place);
  for (const [nth, { customerId, at, results }] of recorded.entries()) {
    const services = createServices(env, createExecutionContext());
    const subject = { kind: 'customer' as const, customerId };
    const explained = await decideThen(services, { app, subject, at }, asked);
    const said = explained.map(({ decision }, index) => ({
      resource: asked[index] ?? '',
      allow: decision.allow,
      reason: decision.reason,
      expires_at:
        decision.endsAt === null ? null : new Date(Math.floor(decision.endsAt / 1000) * 1000).toISOString(),
    }));
    wrong.push(...differences(said, results, `${customerId} at ${at}`));
    if (nth % BY_HTTP === 0) wrong.push(...(await compareByHttp(place, { customerId, at, results }, nth)));
  }
  return wrong;
}

function differences(said: Recorded['results'], results: Recorded['results'], where: string): string[] {
  return results.flatMap((answer, index) => {
    const [a, b] = [answer, said[index]].map((each) =>
      JSON.stringify([each?.resource, each?.allow, each?.reason, each?.expires_at]),
    );
    return a === b ? [] : [`${where}: answered ${a}, explained ${b}`];
  });
}

async function compareByHttp(
  { gateway, app }: Place,
  { customerId, at, results }: Recorded,
  nth: number,
): Promise<string[]> {
  const answer = results[nth % results.length];
  if (!answer) return [];
  const query = new URLSearchParams({
    customer: customerId,
    resource: answer.resource,
    at: new Date(at).toISOString(),
  });
  const { body } = await gateway.call<Recorded['results'][number]>('GET', `/v1/access/explain?${query}`, {
    key: app.secretKey,
  });
  return differences([body], [answer], `${customerId} at ${at} by HTTP`);
}

/** Records answers of lives of one seed, and compares them when all is over. */
async function liveAndCompare(
  seed: number,
  answers: number,
  perWorld: number,
  meddle?: (recorded: Recorded[]) => Promise<void>,
) {
  const lives = fc.sample(life, { seed, numRuns: 400 });
  const wrong: string[] = [];
  let count = 0;
  let names = 0;
  for (let from = 0; from < lives.length && count < answers; from += perWorld) {
    const recorded: Recorded[] = [];
    const watcher: Watcher = {
      look: async (place, { customerId }) => {
        if (customerId !== null) await record(place, customerId, recorded);
      },
      end: async (place) => {
        names = askedOf(place).length;
        await meddle?.(recorded);
        wrong.push(...(await compare(place, recorded)));
      },
    };
    const [trouble] = await live(lives.slice(from, from + perWorld), from / perWorld, undefined, watcher);
    if (trouble) throw trouble.error;
    count += recorded.length * names;
  }
  return { wrong, count };
}

it(`explains ${ANSWERS} answers as they were given`, async () => {
  const { wrong, count } = await liveAndCompare(SEED, ANSWERS, LIVES_PER_WORLD);
  expect(wrong.slice(0, 5), `FLOE_SEED=${SEED}: ${wrong.length} of ${count}`).toEqual([]);
  expect(count).toBeGreaterThanOrEqual(ANSWERS);
}, 600_000);

it('the comparison finds one answer that was given wrongly', async () => {
  const { wrong } = await liveAndCompare(7, 200, 3, (recorded) => {
    const answer = recorded[Math.floor(recorded.length / 2)]?.results[0];
    if (!answer) throw new Error('nothing was asked');
    answer.allow = !answer.allow;
    return Promise.resolve();
  });
  expect(wrong).toHaveLength(1);
});

it('the comparison finds a change of which nothing was kept', async () => {
  const { wrong } = await liveAndCompare(7, 200, 3, async () => {
    await env.DB.prepare("delete from row_history where kind in ('grant', 'order', 'subscription')").run();
  });
  expect(wrong.length).toBeGreaterThan(0);
});
