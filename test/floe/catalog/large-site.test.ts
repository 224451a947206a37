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

/** 200 articles, every tenth of which is a subscription and every twentieth gives a file, and ten courses of ten pages. */
function site(): Record<string, string> {
  const files: Record<string, string> = { 'floe.config.yaml': CONFIG };
  for (let i = 0; i < 200; i++) {
    const more = [
      ...(i % 10 === 0 ? ['interval: month'] : []),
      ...(i % 20 === 0 ? [`downloads: [{ title: Table, file: files/table-${i}.csv }]`] : []),
    ];
    files[`content/blog/page-${i}.md`] = front(`title: Page ${i} of the harbour`, 'price: 700', ...more);
    if (i % 20 === 0) files[`content/blog/files/table-${i}.csv`] = `hour,${i}\n`;
  }
  for (let course = 0; course < 10; course++)
    for (let chapter = 0; chapter < 10; chapter++)
      files[`content/courses/course-${course}/${chapter === 0 ? 'index' : `chapter-${chapter}`}.md`] = front(
        `title: Course ${course}, ${chapter}`,
        ...(chapter === 0 ? ['price: 4900'] : []),
      );
  return files;
}

test('300 pages: pushed through twenty kills, then only listed, and one price is one change', async () => {
  const files = site();
  expect(Object.keys(files).filter((name) => name.endsWith('.md'))).toHaveLength(300);
  const quay = await openShop(files);
  // All of it is about 680 writes: each push does some of them, after the three of taking over the lease, and its last one is heard or not.
  const point = fc.tuple(fc.noBias(fc.nat(45)), fc.boolean());
  const kills = fc.sample(point, { numRuns: KILLS, seed: SEED });
  for (const [writes, isHeard] of kills) {
    quay.dieAfter(writes, isHeard);
    expect((await quay.run('push', { processes: ALL_GONE })).code, `FLOE_SEED=${SEED}`).not.toBe(0);
  }
  quay.dieAfter(Number.POSITIVE_INFINITY);
  expect(await quay.run('push', { processes: ALL_GONE })).toMatchObject({ code: 0 });
  for (const [kind, count] of Object.entries({ products: 212, benefits: 221, files: 10, discounts: 1 })) {
    const all = await quay.listAll(kind);
    const names = all.map(({ metadata, name }) => Object(metadata)['catalog_key'] ?? name);
    expect(new Set(names).size, `${kind}, FLOE_SEED=${SEED}`).toBe(count);
    expect(names, `${kind}, FLOE_SEED=${SEED}`).toHaveLength(count);
  }
  expect(await quay.list('custom-fields')).toEqual([]);

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
