import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { readCodes } from '../../packages/floe/commands/discounts/codes.rules.ts';
import { exampleGateway, type Given, problem, TOKENS } from './example-gateway.ts';
import { emptyFolder, runFloe, type RunOptions } from './harness.ts';

/* What the commands for discounts ask of a gateway, and how they end. */

const ID = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
const PRODUCT = ID;
const DISCOUNT = { ...examples['GET /v1/discounts/:id']['200'], code: 'LAUNCH', amounts: null };
const MADE = 'POST /v1/discounts';
const LIST = 'GET /v1/discounts';

/** Runs a command beside a gateway of examples. */
async function run(typed: string, answers: Record<string, readonly Given[]> = {}, options: RunOptions = {}) {
  const { fetch, asked } = exampleGateway(answers);
  const ran = await runFloe(typed.split(' '), { fetch, env: TOKENS, ...options });
  const posts = asked.filter(({ line }) => line.startsWith('POST '));
  return {
    ...ran,
    questions: ran.asked,
    lines: asked.map(({ line }) => line),
    bodies: posts.map(({ body }) => body),
    keys: posts.map(({ headers }) => headers.get('idempotency-key')),
  };
}

const page = (...data: object[]): Given => ({ body: { data, next_cursor: null } });

test.each([
  [
    'discounts create --name Launch --percent 12.5 --code LAUNCH --max 100 --max-per-customer 1 --ends 2027-12-01',
    {
      name: 'Launch',
      basis_points: 1250,
      code: 'LAUNCH',
      max_redemptions: 100,
      max_redemptions_per_customer: 1,
      ends_at: '2027-12-01',
    },
  ],
  [
    `discounts create --name Launch --amount usd=3.00 --amount JPY=300 --months 3 --product ${PRODUCT} --starts 1d`,
    {
      name: 'Launch',
      amounts: { usd: 300, jpy: 300 },
      duration: 'repeating',
      duration_in_months: 3,
      product_ids: [PRODUCT],
      starts_at: '2027-06-16T12:00:00.000Z',
    },
  ],
  [
    'discounts create --name Friends --percent 100 --forever',
    { name: 'Friends', basis_points: 10_000, duration: 'forever' },
  ],
])('%s', async (typed, body) => {
  const { code, stderr, bodies } = await run(typed);
  expect(code, stderr).toBe(0);
  expect(bodies).toEqual([body]);
});

test.each([
  ['discounts create --name A', 'either a --percent or an --amount'],
  ['discounts create --name A --percent 10 --amount usd=1.00', 'either a --percent or an --amount'],
  ['discounts create --name A --percent 0', 'up to 100'],
  ['discounts create --name A --percent 100.5', 'up to 100'],
  ['discounts create --name A --amount 3.00', 'usd=3.00'],
  ['discounts create --name A --amount usd=3', '3.00 for 300 minor units'],
  ['discounts create --name A --percent 5 --months 2 --forever', 'not both'],
])('%s is refused before anything is asked', async (typed, words) => {
  const { code, stderr, bodies } = await run(typed);
  expect([code, bodies]).toEqual([2, []]);
  expect(stderr).toContain(words);
});

test('a discount is named by its code, which is looked for to the end of the list', async () => {
  const answers = { [LIST]: [{ body: { data: [], next_cursor: 'more' } }, page(DISCOUNT)] };
  const { code, lines, stdout } = await run('discounts show launch', answers);
  expect(code).toBe(0);
  expect(lines).toEqual(['GET /v1/discounts?code=launch', 'GET /v1/discounts?code=launch&cursor=more']);
  expect(stdout).toMatch(/^code +LAUNCH$/m);
  const none = await run('discounts show NONE', { [LIST]: [page()] });
  expect([none.code, none.stderr]).toEqual([4, expect.stringContaining('no discount with the code NONE')]);
});

test('a discount is deleted after a yes that has seen what it is', async () => {
  const no = await run(`discounts delete ${ID}`, {}, { answers: [false] });
  expect([no.code, no.questions]).toEqual([
    1,
    [expect.stringContaining('Subscriptions that have it keep it.')],
  ]);
  expect(no.lines).toEqual([`GET /v1/discounts/${ID}`]);
  const { lines } = await run(`discounts delete ${ID}`, {}, { answers: [true] });
  expect(lines.at(-1)).toBe(`DELETE /v1/discounts/${ID}`);
});

test('a campaign is made of discounts that are named by id or code, each for all or some products', async () => {
  const answers = { [LIST]: [page({ ...DISCOUNT, id: 'found' })] };
  const { code, bodies, stderr } = await run(
    `campaigns create --name May --code MAY --rule LAUNCH --rule ${ID}=${PRODUCT},${PRODUCT}`,
    answers,
  );
  expect(code, stderr).toBe(0);
  const rules = [{ discount_id: 'found' }, { discount_id: DISCOUNT.id, product_ids: [PRODUCT, PRODUCT] }];
  expect(bodies).toEqual([{ name: 'May', code: 'MAY', rules }]);
});

test('a campaign is named by its code, says what is left of it, and is deleted after a yes', async () => {
  const ofCode = { 'GET /v1/campaigns': [page(examples['GET /v1/campaigns/:id']['200'])] };
  const left = await run('campaigns remaining launch', ofCode);
  expect(left.code, left.stderr).toBe(0);
  expect(left.stdout).toMatch(/^left +without end$/m);
  expect(left.stdout).toMatch(/active, 1$/m);
  expect((await run('campaigns show NONE', ofCode)).code).toBe(4);
  const no = await run('campaigns delete launch', ofCode, { answers: [false] });
  expect([no.code, no.questions]).toEqual([1, [expect.stringContaining('Its discounts stay.')]]);
  expect(no.lines).toEqual(['GET /v1/campaigns?limit=100']);
  const yes = await run('campaigns delete launch', ofCode, { answers: [true] });
  expect(yes.lines.at(-1)).toMatch(/^DELETE \/v1\/campaigns\/cmp_/);
});

describe('discounts codes', () => {
  const NEW = 'discounts codes codes.txt --count 3 --prefix Ship --name Launch --percent 50';
  const AGAIN = 'discounts codes codes.txt --name Launch --percent 50';
  const AS_MADE = {
    name: 'Launch',
    status: 'active',
    basis_points: 5000,
    duration: 'once',
    duration_in_months: null,
    max_redemptions: 1,
    starts_at: null,
    ends_at: null,
  };
  const taken = problem(422, 'polar_rejected', 'This code is taken.', {
    errors: [{ path: 'body.code', message: 'This code is taken.' }],
  });
  const busy = {
    ...problem(503, 'polar_unavailable', 'Polar is busy.'),
    headers: { 'content-type': 'application/problem+json', 'retry-after': '45' },
  };

  test('writes the codes before the first is made, each used once, each with a key of its own', async () => {
    const cwd = await emptyFolder();
    const down = await run(NEW, { [MADE]: [problem(403, 'forbidden_key', 'No.')] }, { cwd });
    expect(down.code).not.toBe(0);
    expect(down.stderr).toContain('0 of 3 codes in codes.txt are made');
    const kept = await readFile(path.join(cwd, 'codes.txt'), 'utf8');
    const codes = kept.trim().split('\n');
    expect(codes).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^SHIP[A-HJ-NP-Z2-9]{8}$/)));
    const { code, bodies, keys } = await run(AGAIN, {}, { cwd });
    expect(code).toBe(0);
    expect(bodies).toEqual(
      codes.map((each) => ({ name: 'Launch', basis_points: 5000, code: each, max_redemptions: 1 })),
    );
    expect(new Set(keys).size).toBe(3);
    expect(await readFile(path.join(cwd, 'codes.txt'), 'utf8')).toBe(kept);
  });

  test('goes on where it was cut off, and waits when Polar has had enough', async () => {
    const cwd = await emptyFolder();
    await writeFile(path.join(cwd, 'codes.txt'), 'ONE111\n\nTWO222\r\none111\n');
    const made = { body: DISCOUNT, status: 201 };
    const { code, stdout, stderr, bodies } = await run(
      AGAIN,
      { [MADE]: [busy, busy, busy, busy, made] },
      { cwd },
    );
    expect(code, stderr).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(3);
    expect(new Set(bodies.map((body) => Object(body).code))).toEqual(new Set(['ONE111', 'TWO222']));
  });

  test('takes a code that was made before for made, and names one that somebody else has', async () => {
    const cwd = await emptyFolder();
    await writeFile(path.join(cwd, 'codes.txt'), 'ONE111\nTWO222\n');
    const there = { ...DISCOUNT, ...AS_MADE };
    const all = await run(AGAIN, { [MADE]: [taken], [LIST]: [page(there)] }, { cwd });
    expect(all.code, all.stderr).toBe(0);
    for (const found of [
      page(),
      page({ ...there, basis_points: 4000 }),
      page({ ...there, name: 'Last year' }),
      page({ ...there, status: 'ended' }),
      page({ ...there, max_redemptions: 10 }),
      page({ ...there, ends_at: '2027-12-24T20:00:00.000Z' }),
    ]) {
      const one = await run(
        AGAIN,
        { [MADE]: [{ body: DISCOUNT, status: 201 }, taken], [LIST]: [found] },
        { cwd },
      );
      expect(one.code).not.toBe(0);
      expect(one.stderr).toContain('1 of 2 codes in codes.txt are made. TWO222 is taken');
    }
  });

  test('makes a code that was deleted since, and says what else was refused', async () => {
    const cwd = await emptyFolder();
    await writeFile(path.join(cwd, 'codes.txt'), 'ONE111\n');
    const [first, second] = [await run(AGAIN, {}, { cwd }), await run(AGAIN, {}, { cwd })];
    expect(second.keys[0]).not.toBe(first.keys[0]);
    const refused = problem(422, 'polar_rejected', 'Not a currency.', {
      errors: [{ path: 'body.amounts.xyz', message: 'Not a currency.' }],
    });
    const odd = await run(AGAIN, { [MADE]: [refused] }, { cwd });
    expect([odd.code, odd.lines]).toEqual([expect.any(Number), [MADE]]);
    expect(odd.stderr).not.toContain('taken');
  });

  test('waits for Polar also while it looks for a code that is taken', async () => {
    const cwd = await emptyFolder();
    await writeFile(path.join(cwd, 'codes.txt'), 'ONE111\n');
    const found = page({ ...DISCOUNT, ...AS_MADE });
    const answers = { [MADE]: [taken], [LIST]: [busy, busy, busy, busy, found] };
    const { code, stderr } = await run(AGAIN, answers, { cwd });
    expect(code, stderr).toBe(0);
  });

  test('refuses a file that is not what it should be, and asks nothing', async () => {
    const cwd = await emptyFolder();
    const missing = await run(AGAIN, {}, { cwd });
    expect([missing.code, missing.lines]).toEqual([2, []]);
    expect(missing.stderr).toContain('--count 100');
    await writeFile(path.join(cwd, 'codes.txt'), 'ONE111\nnot a code\n');
    const odd = await run(AGAIN, {}, { cwd });
    expect([odd.code, odd.lines]).toEqual([2, []]);
    expect(odd.stderr).toContain('codes.txt, line 2: not a code is no code.');
    await writeFile(path.join(cwd, 'codes.txt'), 'ONE111\n');
    expect((await run(NEW, {}, { cwd })).stderr).toContain('is there already, with 1 codes');
    const prefix = await run(
      'discounts codes new.txt --count 1 --prefix a-b --name A --percent 5',
      {},
      { cwd },
    );
    expect([prefix.code, prefix.lines]).toEqual([2, []]);
  });

  test('reads one code a line, each once', () => {
    expect(readCodes(' ABC \r\n\nabc\nDEF')).toEqual({ codes: ['ABC', 'DEF'] });
  });
});
