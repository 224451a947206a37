import { bundleFloor } from './bundle.ts';
import { addSales, idOfCopy } from './growth-fill.ts';
import { type Call, makeCall, openClient, type Target } from './load.ts';
import { quantile } from './measure.ts';
import { type LocalPolar, startPolar } from './polar.ts';
import { type Receivers, startReceivers } from './receivers.ts';
import { type Runtime, startRuntime } from './runtime.ts';
import { openBenefitShop, SHOP_CONTENT } from './sales.ts';
import { callGateway } from './seed.ts';
import { readSpent } from './spent.ts';
import { addTenantOrders, buy, type Sample, type Tenant } from './tenants.ts';

/** What one of a kind took in a database of some size. */
export interface Taken {
  payments: number;
  p50: number;
  rowsRead: number;
  rowsWritten: number;
}

export interface Grown {
  name: string;
  /** By size, the smallest first. */
  taken: Taken[];
}

/** A gateway whose database has so many payments. */
interface Place {
  payments: number;
  /** Its own, so that comparing with it finds nothing of the others. */
  polar: LocalPolar;
  runtime: Runtime;
  receivers: Receivers;
  shop: Tenant;
  sample: Sample;
  target: Target;
}

/** Something to be measured in a place, a turn at a time. */
interface Work {
  name: string;
  /** Comes before a turn, and is not measured. */
  prepare?(turn: number): Promise<unknown>;
  /** Gives how long each of the turn took, milliseconds. */
  run(turn: number): Promise<number[]>;
}

const DAY_MS = 24 * 60 * 60_000;
/** The sales of any number lie between these ages: all is kept, and no comparison with Polar looks for what is missing there. */
const YOUNGEST_MS = 4 * DAY_MS;
const OLDEST_MS = 84 * DAY_MS;
/** Older than all that is kept for a time. */
const OVER_MS = 200 * DAY_MS;
const OVER_AT_ONCE = 200;
const OVER_FROM = 50_000_000;

const MAX_RUNS = 2_000;

const NONE = '"data":[]';
/** After one that warms up. */
const TURNS = 5;
const CALLS_A_TURN = 6;
const CALLS = (TURNS + 1) * CALLS_A_TURN;

/**
 * Measures the same questions and work in databases of some sizes, in turn, so that whatever else the machine does meets
 * all of them. Each is filled with copies of one sale's rows. It is the counting gateway that runs: times and rows are of
 * the same run, and what counts is how they grow.
 */
export async function measureGrowth(
  sizes: readonly number[],
  note: (text: string) => void,
): Promise<Grown[]> {
  const counting = await bundleFloor('counted');
  const places: Place[] = [];
  try {
    for (const payments of sizes) {
      note(`growth: filling ${payments.toLocaleString('en-US')} payments`);
      const place = await openPlace(counting, payments);
      places.push(place);
      await fill(place);
    }
    const works = await Promise.all(places.map(listWorks));
    const grown: Grown[] = [];
    for (const [i, { name }] of (works[0] ?? []).entries()) {
      note(`growth: ${name}`);
      grown.push({
        name,
        taken: await measureInTurn(
          places,
          works.flatMap((of) => of.slice(i, i + 1)),
        ),
      });
    }
    return grown;
  } finally {
    for (const { polar, receivers, runtime } of places) {
      receivers.close();
      await runtime.close();
      polar.close();
    }
  }
}

async function openPlace(script: string, payments: number): Promise<Place> {
  const polar = await startPolar();
  const runtime = await startRuntime(script, polar, { direct: true, consumers: 'none' });
  const receivers = await startReceivers(1);
  const target = await runtime.target('gateway');
  const shop = await openBenefitShop(runtime, polar, receivers.urls);
  const sample = await buy(runtime, polar, target, shop);
  return { payments, polar, runtime, receivers, shop, sample, target };
}

async function fill({ runtime, sample, payments }: Place): Promise<void> {
  const { database } = runtime;
  // Sends the sample's deliveries, of which the others are copies.
  const { results } = await database.prepare('select id from deliveries').all<{ id: string }>();
  await runtime.consume([{ type: 'deliver', deliveryIds: results.map(({ id }) => id) }]);
  const stepMs = (OLDEST_MS - YOUNGEST_MS) / payments;
  await addSales(database, sample, { from: 1, to: payments, ageMs: YOUNGEST_MS, stepMs });
  await catchUp(runtime);
}

/** Lets cron go through the rows that it would have gone through over the years (ADR 70), until it stays where it is. */
async function catchUp(runtime: Runtime): Promise<void> {
  let before = '';
  for (let runs = 0; runs < MAX_RUNS; runs++) {
    await runtime.runSchedule();
    const statement = runtime.database.prepare('select name, after from walks order by name');
    const { results } = await statement.all();
    const places = JSON.stringify(results);
    if (places === before) return;
    before = places;
  }
  throw new Error(`cron did not catch up in ${MAX_RUNS} runs`);
}

async function measureInTurn(places: readonly Place[], works: readonly Work[]): Promise<Taken[]> {
  const times: number[][] = places.map(() => []);
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const [i, { runtime }] of places.entries()) {
      await works[i]?.prepare?.(turn);
      if (turn === 1) await readSpent(runtime);
      const took = (await works[i]?.run(turn)) ?? [];
      if (turn > 0) times[i]?.push(...took);
    }
  }
  const taken: Taken[] = [];
  for (const [i, { payments, runtime }] of places.entries()) {
    const own = times[i] ?? [];
    const { rowsRead, rowsWritten } = await readSpent(runtime, own.length);
    taken.push({ payments, p50: quantile(own, 0.5), rowsRead, rowsWritten });
  }
  return taken;
}

async function listWorks(place: Place): Promise<Work[]> {
  return [
    ...listQuestions(place),
    await ingest(place),
    runOf('cron, nothing due', () => place.runtime.runSchedule()),
    prune(place),
    compare(place),
  ];
}

function listQuestions(place: Place): Work[] {
  const { runtime, shop, sample, payments, target } = place;
  const key = `Bearer ${shop.secretKey}`;
  const operator = `Bearer ${runtime.settings.adminToken}`;
  const get = (path: string, contains: string, authorization = key): Call =>
    makeCall(target, { method: 'GET', path, headers: { authorization } }, { status: 200, contains });
  const list = (name: string, path: string, contains: string, authorization = key) =>
    callsOf(
      place,
      name,
      Array.from({ length: CALLS }, () => get(`${path}limit=5`, contains, authorization)),
    );
  /** Buyers from all over the table, another one each time. */
  const ofBuyers = (name: string, nth: number, ask: (buyer: string) => Call) =>
    callsOf(
      place,
      name,
      Array.from({ length: CALLS }, (_, i) =>
        ask(idOfCopy(sample.ids.customer, Math.floor(((i + 0.2 + nth * 0.3) * payments) / CALLS))),
      ),
    );
  const check = (content: string, allow: boolean) => (buyer: string) =>
    get(`/v1/access?resource=content:${content}&customer=${buyer}`, `"allow":${allow}`);
  const product = `product=${shop.productId}&`;
  return [
    ofBuyers('access: yes, cold', 0, check(SHOP_CONTENT, true)),
    ofBuyers('access: no', 1, check('shop/other', false)),
    list('payments', '/v1/payments?', '"id":"pay_'),
    list('payments: status', '/v1/payments?status=succeeded&', '"id":"pay_'),
    list('payments: product', `/v1/payments?${product}`, '"id":"pay_'),
    list('payments: status and product', `/v1/payments?status=succeeded&${product}`, '"id":"pay_'),
    list('payments: status and product, none', `/v1/payments?status=failed&${product}`, NONE),
    ofBuyers('payments: customer', 2, (buyer) => get(`/v1/payments?customer=${buyer}&limit=5`, '"id":"pay_')),
    list('customers', '/v1/customers?', '"email":"buyer-'),
    list('customers: by address', '/v1/customers?sort=email&', '"email":"buyer-'),
    list('customers: found by address', '/v1/customers?q=buyer-1&', '"email":"buyer-1'),
    list('customers: found by name', '/v1/customers?q=Buyer%201&', '"name":"Buyer 1'),
    list('customers: found, none', '/v1/customers?q=nobody&', NONE),
    ofBuyers('customers: one', 3, (buyer) => get(`/v1/customers/${buyer}`, `"id":"${buyer}"`)),
    list('deliveries', '/v1/deliveries?', '"id":"dlv_'),
    list('deliveries: status, none', '/v1/deliveries?status=failed&', NONE),
    list('deliveries: type', '/v1/deliveries?type=payment.succeeded&', '"id":"dlv_'),
    list('deliveries: type, none', '/v1/deliveries?type=payment.failed&', NONE),
    list('Polar events', '/admin/polar-events?', '"id":"pev_', operator),
    list('Polar events: status, none', '/admin/polar-events?status=unrouted&', NONE, operator),
    list('Polar events: type, none', '/admin/polar-events?type=dispute.created&', NONE, operator),
  ];
}

function callsOf({ target }: Place, name: string, calls: readonly Call[]): Work {
  return {
    name,
    run: async (turn) => {
      // One that stays open for longer than a turn would be idle for too long.
      const client = await openClient(target, 1);
      const own = calls.slice(turn * CALLS_A_TURN, (turn + 1) * CALLS_A_TURN);
      const { latencies } = await client.run(own).finally(() => client.close());
      return latencies;
    },
  };
}

async function ingest(place: Place): Promise<Work> {
  const { runtime, sample, shop, target } = place;
  const turns = Array.from({ length: CALLS }, () => shop);
  const orders = await addTenantOrders(runtime, { sample }, turns);
  const calls = orders.map(({ body, headers }) =>
    makeCall(
      target,
      {
        method: 'POST',
        path: '/webhooks/polar',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      },
      { status: 200, contains: '"status":"applied"' },
    ),
  );
  return callsOf(place, 'webhook: order.paid', calls);
}

function runOf(name: string, run: () => Promise<unknown>): Work {
  return {
    name,
    run: async () => {
      const startedAt = performance.now();
      await run();
      return [performance.now() - startedAt];
    },
  };
}

function prune({ runtime, sample }: Place): Work {
  return {
    ...runOf(`cron, ${OVER_AT_ONCE} sales to prune`, () => runtime.runSchedule()),
    prepare(turn) {
      const from = OVER_FROM + turn * OVER_AT_ONCE;
      // Younger each time, for cron does not go back to what it has gone through.
      const ageMs = OVER_MS - turn * DAY_MS;
      const over = { from, to: from + OVER_AT_ONCE - 1, ageMs, stepMs: 1 };
      return addSales(runtime.database, sample, over);
    },
  };
}

/** The first steps of comparisons with what is new at Polar, which is the same whatever the database holds. */
function compare({ runtime, target }: Place): Work {
  const { settings, database } = runtime;
  let runId = '';
  return {
    ...runOf('comparing with Polar, a step', () => runtime.consume([{ type: 'reconcile', runId }])),
    async prepare() {
      await database.prepare("update reconcile_runs set status = 'finished' where status = 'running'").run();
      const body = { mode: 'sandbox', scope: 'recent' };
      const { id } = await callGateway(target, 'POST', '/admin/reconcile', {
        key: settings.adminToken,
        body,
      });
      runId = String(id);
    },
  };
}
