import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import worker from '../../src/index.ts';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';
import { CONTENT_KB } from './content-sizes.ts';

/*
 * What the rows of a sale and of an abandoned checkout hold, at once, after a week and when all has gone, is what docs/storage.md says: the sizes
 * that it has beside are of many such rows, with their indexes and pages, and were measured by hand. A table that grows with sales moves both.
 */

const DAY = 86_400_000;
const MANY = 4;
/** Days until the cron runs: a week after the checkouts have ended, and long after, when what was written last has gone too. */
const LATER = [
  [9, 1],
  [400, 100],
];
/** The gateway's own, however much is sold. */
const OWN =
  "('d1_migrations', 'reconcile_runs', 'reconcile_findings', 'watermarks', 'walks', 'health_checks', 'history_marks', 'secret_ages', 'audit_log')";
/** Ids and times have their lengths, keys and nonces are random: what differs from one run to the next. */
const TOLERANCE = 0.1;
/** Bytes of an abandoned checkout round to a tenth of a KB. */
const ROUNDING = 100;

async function runCron(world: World): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled({} as ScheduledController, env, context);
  await waitOnExecutionContext(context);
  await world.settle();
}

/** Bytes of all columns of all rows. */
async function contentOf(): Promise<number> {
  const { results } = await env.DB.prepare(
    `select t.name, group_concat('coalesce(length(cast("' || c.name || '" as blob)), 0)', ' + ') as bytes
     from sqlite_master as t join pragma_table_info(t.name) as c where t.type = 'table' and t.name not like 'sqlite\\_%' escape '\\'
       and t.name not like '\\_cf%' escape '\\' and t.name not in ${OWN} group by t.name`,
  ).all<{ name: string; bytes: string }>();
  const sums = await env.DB.batch<{ n: number | null }>(
    results.map(({ name, bytes }) => env.DB.prepare(`select sum(${bytes}) as n from "${name}"`)),
  );
  return sums.reduce((sum, { results: [row] }) => sum + (row?.n ?? 0), 0);
}

type Begin = (world: World, app: TestApp, productId: string, n: number) => Promise<void>;

/** Bytes of a database in which so many have begun: at once, after a week, and when all has gone. */
async function live(begin: Begin, many: number): Promise<number[]> {
  const world = await createWorld();
  const app = await world.createApp({ product: 'quay' });
  const product = await world.createProduct({
    name: 'quay:once',
    metadata: { content_id: 'blog/one' },
    benefits: [{ type: 'custom', description: 'The library', metadata: { content_id: 'library/*' } }],
  });
  await world.settle();
  for (let n = 0; n < many; n++) await begin(world, app, product.id, n);
  await world.settle();
  const sizes = [await contentOf()];
  for (const pauses of LATER) {
    for (const days of pauses) {
      await world.advance(days * DAY);
      await world.settle();
      await runCron(world);
    }
    sizes.push(await contentOf());
  }
  return sizes;
}

test.each<[keyof typeof CONTENT_KB, Begin]>([
  [
    'content of a sale',
    async (world, app, productId, n) => {
      const customer = { external_id: `user-${n}` };
      const { checkoutUrl } = await startPayment(app, productId, { customer, metadata: { order: `A-${n}` } });
      await world.pay('sandbox', checkoutUrl, { email: `reader-${n}@readers.dev` });
    },
  ],
  [
    'content of an abandoned checkout',
    async (_, app, productId, n) => {
      await startPayment(app, productId, {
        customer: { external_id: `user-${n}` },
        metadata: { order: `A-${n}` },
      });
    },
  ],
])('%s is what the document says', async (what, begin) => {
  const none = await live(begin, 0);
  const measured = (await live(begin, MANY)).map((bytes, at) => (bytes - (none[at] ?? 0)) / MANY);
  const wrong = CONTENT_KB[what].map((kb, at) => {
    const off = Math.abs((measured[at] ?? 0) - kb * 1_000);
    return off > Math.max(kb * 1_000 * TOLERANCE, ROUNDING);
  });
  expect({ measured, wrong }).toEqual({ measured, wrong: [false, false, false] });
});
