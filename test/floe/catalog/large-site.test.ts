import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALL_GONE, openShop } from './shop.ts';

/* A site of 300 pages: articles, some by subscription, some with files; courses; plans and a discount. */

const KILLS = 20;
const SEED = Number(process.env['FLOE_SEED'] ?? Date.now() % 2 ** 31);

const CONFIG = `product: quay
siteUrl: https://quay.example
content:
  - content/blog/*.md
  - { include: 'content/courses/**/*.md', group: {} }
plans:
  monthly: { price: { usd: 500, eur: 450 }, every: month, trial: 14 days, benefits: [all] }
  yearly: { price: 5000, every: year, benefits: [all] }
benefits:
  all: { description: Every article on Quay, content_id: blog/* }
discounts:
  spring: { name: Spring, code: SPRING26, type: percentage, basis_points: 2500, duration: once }
`;

const front = (...lines: string[]) => `---\n${lines.join('\n')}\n---\n\nTwice a day.\n`;

/** Articles, every tenth of which is a subscription and every twentieth gives a file, and courses of ten pages. */
function site(articles: number, courses: number): Record<string, string> {
  const files: Record<string, string> = { 'floe.config.yaml': CONFIG };
  for (let i = 0; i < articles; i++) {
    const more = [
      ...(i % 10 === 0 ? ['interval: month'] : []),
      ...(i % 20 === 0 ? [`downloads: [{ title: Table, file: files/table-${i}.csv }]`] : []),
    ];
    files[`content/blog/page-${i}.md`] = front(`title: Page ${i} of the harbour`, 'price: 700', ...more);
    if (i % 20 === 0) files[`content/blog/files/table-${i}.csv`] = `hour,${i}\n`;
  }
  for (let course = 0; course < courses; course++)
    for (let chapter = 0; chapter < 10; chapter++)
      files[`content/courses/course-${course}/${chapter === 0 ? 'index' : `chapter-${chapter}`}.md`] = front(
        `title: Course ${course}, ${chapter}`,
        ...(chapter === 0 ? ['price: 4900'] : []),
      );
  return files;
}

/** Each is there, and once. */
async function expectThere(shop: Awaited<ReturnType<typeof openShop>>, counts: Record<string, number>) {
  for (const [kind, count] of Object.entries(counts)) {
    const all = await shop.listAll(kind);
    const names = all.map(({ metadata, name }) => Object(metadata)['catalog_key'] ?? name);
    expect(new Set(names).size, `${kind}, FLOE_SEED=${SEED}`).toBe(count);
    expect(names, `${kind}, FLOE_SEED=${SEED}`).toHaveLength(count);
  }
  expect(await shop.list('custom-fields')).toEqual([]);
}

test('a push that is killed at twenty random points converges, and makes nothing twice', async () => {
  const quay = await openShop(site(30, 2));
  // All of it is about 110 writes: each push does some of them, after the three of taking over the lease, and its last one is heard or not.
  const point = fc.tuple(fc.noBias(fc.nat(9)), fc.boolean());
  for (const [writes, isHeard] of fc.sample(point, { numRuns: KILLS, seed: SEED })) {
    quay.dieAfter(writes, isHeard);
    const { code } = await quay.run('push', { processes: ALL_GONE });
    expect(code, `FLOE_SEED=${SEED}`).not.toBe(0);
  }
  quay.dieAfter(Number.POSITIVE_INFINITY);
  expect(await quay.run('push', { processes: ALL_GONE })).toMatchObject({ code: 0 });
  await expectThere(quay, { products: 34, benefits: 35, files: 2, discounts: 1 });
  expect((await quay.run('plan')).code).toBe(0);
});

test('300 pages are only listed when they are unchanged, and one price is one change', async () => {
  const files = site(200, 10);
  expect(Object.keys(files).filter((name) => name.endsWith('.md'))).toHaveLength(300);
  const quay = await openShop(files);
  expect(await quay.run('push')).toMatchObject({ code: 0 });
  await expectThere(quay, { products: 212, benefits: 221, files: 10, discounts: 1 });

  quay.asked.length = 0;
  const again = await quay.run('push');
  expect(again.stdout).toMatch(/^0 to create, 0 to change, 0 to archive, 444 unchanged\./);
  const calls = Map.groupBy(quay.asked, (line) => line);
  console.log(`API calls per 100 unchanged pages: ${(quay.asked.length / 3).toFixed(1)}`);
  expect(Object.fromEntries([...calls].map(([line, all]) => [line, all.length]))).toEqual({
    'GET /v1/meters/': 1,
    'GET /v1/files/': 1,
    'GET /v1/custom-fields/': 1,
    'GET /v1/benefits/': 3,
    'GET /v1/products/': 3,
    'GET /v1/discounts/': 1,
  });

  const page = 'content/blog/page-7.md';
  await quay.write({ [page]: (files[page] ?? '').replace('700', '900') });
  const planned = JSON.parse((await quay.run('plan --json')).stdout) as { changes: object[] };
  expect(planned.changes).toMatchObject([
    { action: 'update', name: 'quay:blog-page-7', differences: [{ field: 'prices' }] },
  ]);
  quay.asked.length = 0;
  expect(await quay.run('push')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Pushed 1 change'),
  });
  // The lease is taken and given back; between them is the one write.
  expect(
    quay.asked.filter((line) => !line.startsWith('GET') && !line.includes('custom-fields')),
  ).toHaveLength(1);
  expect((await quay.run('plan')).code).toBe(0);
});
