import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';
import { createWorld, type World } from '../harness/harness.ts';
import { reconcile, rowsOf } from './reconcile-calls.ts';

/* Much at once takes several steps of a run, and none of it is left out. */

const MANY = 230;
const CREATED = Date.parse('2026-01-05T10:00:00Z');
let world: World;

beforeEach(async () => {
  world = await createWorld();
  await world.createApp({ product: 'quay', webhook: false });
});

it.each([
  ['of different times', 1000],
  ['of one millisecond', 0],
])('every customer whom Polar has lost is found gone, however many there are, %s', async (_name, apart) => {
  const rows = Array.from({ length: MANY }, (_, index) => ({
    id: crypto.randomUUID(),
    at: CREATED + index * apart,
  }));
  await env.DB.prepare(
    `insert into customers (mode, id, email, name, created_at, version, seen_version, digest)
      select 'sandbox', value ->> '$.id', value ->> '$.id' || '@readers.dev', 'Ada', value ->> '$.at', (value ->> '$.at') * 1000, (value ->> '$.at') * 1000, 1
      from json_each(?)`,
  )
    .bind(JSON.stringify(rows))
    .run();
  const { report } = await reconcile(world, { scope: 'full' });
  expect(report.kinds['customer']).toMatchObject({ stale: MANY, repaired: MANY, failed: 0 });
  expect(await rowsOf('select count(*) as n from customers where deleted_at is null')).toEqual([{ n: 0 }]);
});
