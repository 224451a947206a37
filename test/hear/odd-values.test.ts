import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { observePolarEvent } from '../../src/polar/observe.rules.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, keepTables, record, restoreTables, startPayment, type Told } from '../harness/story.ts';

/*
 * One odd value must not fail a paid order: what money, access and routing need is read strictly, everything else may be
 * null, of another type or missing, also inside embedded objects, and the event is applied all the same.
 */

const RUNS = Math.min(Number(env.TEST_RUNS), 120);

/** What an object of each kind is not applied without. `nullable`: may be null or left out, but nothing else. */
const ESSENTIAL: Record<string, { required: string; nullable: string }> = {
  order: {
    required:
      'id created_at status billing_reason net_amount total_amount refunded_amount currency customer_id',
    nullable: 'modified_at product_id checkout_id subscription_id',
  },
  subscription: {
    required:
      'id created_at status current_period_start current_period_end cancel_at_period_end customer_id product_id',
    nullable: 'modified_at checkout_id canceled_at started_at ends_at ended_at past_due_at paused_at',
  },
  refund: { required: 'id created_at status amount currency order_id customer_id', nullable: 'modified_at' },
  benefit_grant: {
    required: 'id created_at benefit_id customer_id is_granted is_revoked',
    nullable: 'modified_at member_id order_id subscription_id granted_at revoked_at',
  },
  product: { required: 'id created_at name is_archived metadata', nullable: 'modified_at' },
  benefit: { required: 'id created_at type metadata', nullable: 'modified_at' },
  customer: { required: 'id created_at', nullable: 'modified_at email deleted_at' },
  checkout: { required: 'id created_at status', nullable: 'modified_at customer_id product_id' },
  customer_seat: { required: 'id', nullable: '' },
  member: { required: 'id', nullable: '' },
};
/** Who in a team holds a grant: where both are odd nobody can tell, and nobody is let in. */
const HOLDER: Record<string, string> = { member: 'role', benefit_grant: 'member' };
const EMBEDDED = ['customer', 'product', 'subscription', 'benefit'];
/** What an object's row has from fields that are read loosely. */
const LOOSE_COLUMNS = [
  'digest metadata properties name description reason revokesBenefits isRecurring isDeleted hasLaterNews renews',
  'memberRole memberId data refundedTaxAmount discountAmount balanceAmount discountId discountCode discountName',
  'invoiceNumber billingCountry nextPaymentAttemptAt productName productPlan amount currency recurringInterval recurringIntervalCount',
  'trialStart trialEnd pauseAtPeriodEnd resumesAt seats cancellationReason cancellationComment details taxAmount requestId',
  // What kind a grant is of, and what that makes of its properties: asked for again when it could not be read.
  'benefitType fileIds connection licenseKeyId displayKey fulfilment state error',
].flatMap((names) => names.split(' '));
/** Without times of its own a thing is as new as the look at it. */
const PLAIN = new Set(['customer_seat', 'member']);

type Fields = Record<string, unknown>;
type Path = readonly [field: string, within?: string];
const ODD = ['null', 'array', 'object', 'other type', 'missing'] as const;
type Odd = (typeof ODD)[number];

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy with one value made odd. */
function change(data: Fields, path: Path, odd: Odd): Fields {
  const [field, within] = path;
  const inner = data[field];
  if (within !== undefined)
    return isFields(inner) ? { ...data, [field]: change(inner, [within], odd) } : data;
  const { [field]: value, ...rest } = data;
  const odds: Record<Exclude<Odd, 'missing'>, unknown> = {
    null: null,
    array: [null, 7],
    object: { nested: [] },
    'other type': typeof value === 'string' ? 7 : 'odd',
  };
  return odd === 'missing' ? rest : { ...rest, [field]: odds[odd] };
}

const nounOf = (type: string) => type.split('.')[0] ?? '';
const listOf = (noun: string, which: 'required' | 'nullable') => (ESSENTIAL[noun]?.[which] ?? '').split(' ');
const dataOf = (told: Told) => (JSON.parse(told.body) as { data: Fields }).data;

/** What may be odd: all fields of an object but its essential ones, and all fields of what is embedded in it. */
function loosePaths(noun: string, data: Fields): Path[] {
  const own = Object.keys(data).filter(
    (field) =>
      !listOf(noun, 'required').includes(field) &&
      !listOf(noun, 'nullable').includes(field) &&
      HOLDER[noun] !== field,
  );
  const inner = Object.entries(data).flatMap(([field, value]) =>
    EMBEDDED.includes(field) && isFields(value)
      ? Object.keys(value)
          .filter((name) => field !== 'benefit' || name !== 'metadata')
          .map((name): Path => [field, name])
      : [],
  );
  return [...own.map((field): Path => [field]), ...inner];
}

let world: World;
let quay: TestApp;
let story: Told[];
let samples: Told[];
let tables: Awaited<ReturnType<typeof keepTables>>;
let bought: { id: string; checkoutUrl: string };
let customerId: string;

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  const catalogue = await record(world, async () => {
    await world.createProduct({ name: 'quay:other', benefits: [{ type: 'custom', description: 'Other' }] });
  });
  const monthly = await world.createProduct({
    name: 'quay:monthly',
    recurring: 'month',
    benefits: [{ type: 'custom', description: 'Reader', metadata: { content_id: 'blog/premium' } }],
  });
  bought = await startPayment(quay, monthly.id);
  await world.settle();
  tables = await keepTables();
  story = await record(world, () =>
    world.pay('sandbox', bought.checkoutUrl, { email: 'ada@readers.dev' }).then(() => undefined),
  );
  const refunds = await record(world, async () => {
    const { items } = await world.polar<{ items: { id: string; net_amount: number; customer_id: string }[] }>(
      'sandbox',
      'GET',
      '/v1/orders/',
    );
    customerId = items[0]?.customer_id ?? '';
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: items[0]?.id,
      amount: 1,
      reason: 'other',
    });
    await world.simulator.settle();
  });
  const all = [...catalogue, ...story, ...refunds];
  samples = Object.keys(ESSENTIAL).flatMap((noun) => all.find((told) => nounOf(told.type) === noun) ?? []);
}, 300_000);

afterEach(() => {
  world.polarForgets = false;
  vi.restoreAllMocks();
});

const observe = (told: Told, data: Fields) =>
  observePolarEvent(told.type, (JSON.parse(told.body) as { timestamp: string }).timestamp, data);

/** The columns that decide, of what an event tells. */
function decisive(told: Told, data: Fields): Fields {
  const { main } = observe(told, data);
  return Object.fromEntries(Object.entries(main.row).filter(([column]) => !LOOSE_COLUMNS.includes(column)));
}

it('samples hold each kind that is read', () => {
  const read = samples.map(({ type }) => nounOf(type));
  expect(read).toEqual(
    expect.arrayContaining([
      'order',
      'subscription',
      'refund',
      'benefit_grant',
      'product',
      'benefit',
      'customer',
      'checkout',
    ]),
  );
});

describe('every field of every kind', () => {
  it('may be odd, its own and inside what is embedded, unless money, access or routing need it', () => {
    let tried = 0;
    for (const told of samples) {
      const data = dataOf(told);
      const noun = nounOf(told.type);
      const expected = decisive(told, data);
      for (const path of loosePaths(noun, data)) {
        for (const odd of ODD) {
          tried += 1;
          const found = decisive(told, change(data, path, odd));
          const isOwnTime =
            PLAIN.has(noun) && ['created_at', 'modified_at', 'status', 'customer_id'].includes(path[0]);
          if (!isOwnTime)
            expect([told.type, ...path, odd, found]).toEqual([told.type, ...path, odd, expected]);
        }
      }
    }
    expect(tried).toBeGreaterThan(1_500);
  });

  it('fails its event when money, access or routing need it', () => {
    for (const told of samples) {
      const data = dataOf(told);
      const fails = (field: string, odd: Odd) => {
        try {
          observe(told, change(data, [field], odd));
          return false;
        } catch {
          return true;
        }
      };
      for (const [which, odds] of [
        ['required', ODD],
        ['nullable', ['array', 'object', 'other type']],
      ] as const) {
        for (const field of listOf(nounOf(told.type), which).filter(Boolean))
          for (const odd of odds) {
            // A number is as good as no text where nothing is known of what it was.
            if (data[field] === null && odd === 'other type') continue;
            if (field === 'metadata' && odd === 'object') continue;
            expect([told.type, field, odd, fails(field, odd)]).toEqual([told.type, field, odd, true]);
          }
      }
    }
  });

  it('that is embedded and cannot be read is asked for by itself', () => {
    const told = samples.find(({ type }) => type.startsWith('order.'));
    if (!told) throw new Error('no order');
    const data = dataOf(told);
    for (const name of ['customer', 'product', 'subscription'] as const) {
      const { unread, embedded } = observe(told, change(data, [name, 'id'], 'object'));
      expect(unread).toEqual([{ kind: name, id: data[`${name}_id`] }]);
      expect(embedded.map(({ kind }) => kind)).not.toContain(name);
    }
  });
});

const choices = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...ODD)), { minLength: 1, maxLength: 20 });

/** An object with several odd values. */
function makeOdd(noun: string, data: Fields, chosen: readonly (readonly [number, Odd])[]): Fields {
  const paths = loosePaths(noun, data);
  return chosen.reduce(
    (changed, [index, odd]) => change(changed, paths[index % paths.length] ?? ['none'], odd),
    data,
  );
}

async function expectSold(status: string): Promise<void> {
  const { body } = await call<{ status: string; amount: number }>('GET', `/v1/payments/${bought.id}`, {
    key: quay.secretKey,
  });
  expect([body.status, body.amount]).toEqual([status, 900]);
  const access = await call<{ allow: boolean }>(
    'GET',
    `/v1/access?resource=content:blog/premium&max_age=0&customer=${customerId}`,
    { key: quay.secretKey },
  );
  expect(access.body.allow).toBe(true);
}

async function applied(): Promise<void> {
  while (
    ((await env.DB.prepare("select count(*) as n from polar_events where status = 'pending'").first<number>(
      'n',
    )) ?? 0) > 0
  )
    await scheduler.wait(2);
}

describe('a purchase', () => {
  it('is paid for and opens what it opens, whatever is odd in its events', async () => {
    await fc.assert(
      fc.asyncProperty(choices, async (chosen) => {
        await restoreTables(tables);
        for (const told of story) {
          const event = JSON.parse(told.body) as { data: Fields };
          const body = JSON.stringify({ ...event, data: makeOdd(nounOf(told.type), event.data, chosen) });
          expect(await deliver(world, { ...told, body })).toBe(200);
        }
        await applied();
        const { results } = await env.DB.prepare(
          "select type, error from polar_events where status = 'failed'",
        ).all();
        expect(results).toEqual([]);
        await expectSold('succeeded');
      }),
      {
        numRuns: Math.ceil(RUNS / 4),
        seed: 20_261_128,
        examples: [
          [
            [
              [396_108_999, 'array'],
              [0, 'null'],
            ],
          ],
        ],
      },
    );
  }, 300_000);

  it('is found by reconcile, whatever is odd in what it reads', async () => {
    const inner = globalThis.fetch;
    const nouns: Record<string, string> = {
      orders: 'order',
      subscriptions: 'subscription',
      'benefit-grants': 'benefit_grant',
      customers: 'customer',
      checkouts: 'checkout',
      products: 'product',
    };
    let chosen: readonly (readonly [number, Odd])[] = [];
    vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      const response = await inner(request);
      const noun = nouns[new URL(request.url).pathname.split('/')[2] ?? ''];
      if (request.method !== 'GET' || noun === undefined || !response.ok) return response;
      const body = (await response.json()) as Fields & { items?: Fields[] };
      return Response.json(
        body.items
          ? { ...body, items: body.items.map((item) => makeOdd(noun, item, chosen)) }
          : makeOdd(noun, body, chosen),
      );
    });
    await fc.assert(
      fc.asyncProperty(choices, async (choice) => {
        chosen = choice;
        await restoreTables(tables);
        const key = env.FLOE_ADMIN_TOKEN;
        const { body: run } = await call<{ id: string }>('POST', '/admin/reconcile', {
          key,
          body: { mode: 'sandbox', scope: 'full', grace_seconds: 0 },
        });
        let view: { status: string; report: unknown };
        do {
          await scheduler.wait(20);
          view = (await call<typeof view>('GET', `/admin/reconcile/${run.id}`, { key })).body;
        } while (view.status === 'running');
        // A product whose prices or benefits cannot be read is not the same as what is kept, and said to be so.
        const { kinds } = view.report as { kinds: Record<string, { failed: number }> };
        for (const [kind, { failed }] of Object.entries(kinds))
          if (kind !== 'product') expect([kind, failed]).toEqual([kind, 0]);
        await expectSold('partially_refunded');
      }),
      { numRuns: Math.ceil(RUNS / 20), seed: 20_261_128 },
    );
  }, 300_000);

  it('whose total is no number is kept as failed, and nothing is sold', async () => {
    await restoreTables(tables);
    const told = story.find(({ type }) => type === 'order.paid');
    if (!told) throw new Error('no order.paid');
    const event = JSON.parse(told.body) as { data: Fields };
    const body = JSON.stringify({ ...event, data: change(event.data, ['total_amount'], 'other type') });
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(await deliver(world, { ...told, body })).toBe(200);
    const { results } = await env.DB.prepare(
      'select status, sealed_body is not null as kept from polar_events',
    ).all();
    expect(results).toEqual([{ status: 'failed', kept: 1 }]);
  });
});
