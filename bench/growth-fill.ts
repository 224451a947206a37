import type { Sample } from './tenants.ts';

/** Columns with what belongs to one sale: their last characters are replaced by its number, so that its rows fit together. */
const OF_THE_SALE = new Set([
  'id',
  'key',
  'payment_id',
  'customer_id',
  'order_id',
  'checkout_id',
  'event_id',
  'delivery_id',
  'polar_event_id',
  'webhook_id',
]);
const DIGITS = 8;
const SALES_AT_ONCE = 25_000;
/** Bodies are kept small: with those of a sale a million would have 24 GB more, and no index holds them. */
const SMALL: Record<string, string> = { body: `'{"small":1}'`, sealed_body: `'small'` };

/** The rows of the sample that are copied for each sale, and what its copies have of their own; `n.i`: the sale's number. */
const TABLES: { table: string; where: string; own?: Record<string, string> }[] = [
  { table: 'payments', where: 'id = :payment' },
  { table: 'customers', where: 'id = :customer', own: { email: "'buyer-' || n.i || '@readers.dev'" } },
  {
    table: 'known_customers',
    where: 'customer_id = :customer',
    own: { email: "'buyer-' || n.i || '@readers.dev'", name: "'Buyer ' || n.i" },
  },
  {
    table: 'customer_external_ids',
    where: 'customer_id = :customer',
    own: { external_id: "'user-' || n.i" },
  },
  { table: 'orders', where: 'id = :order' },
  { table: 'grants', where: 'customer_id = :customer' },
  { table: 'snapshots', where: "kind = 'checkout' and id = :checkout" },
  { table: 'polar_events', where: "type = 'order.paid'" },
  {
    table: 'events',
    where: 'id = :event',
    own: { sequence: 'n.i + 1000' },
  },
  {
    table: 'deliveries',
    where: 'event_id = :event',
    own: { sequence: 'n.i + 1000', status: "'succeeded'" },
  },
  { table: 'delivery_attempts', where: 'delivery_id in (select id from deliveries where event_id = :event)' },
];

export interface Fill {
  /** Numbers of the sales, the last one included. */
  from: number;
  to: number;
  /** How old the last sale is, and how much older each is than the next, milliseconds. */
  ageMs: number;
  stepMs: number;
}

/** The id that stands in the copy of a sale's row instead of the sample's. */
export function idOfCopy(id: string, sale: number): string {
  return id.slice(0, -DIGITS) + String(sale).padStart(DIGITS, '0');
}

/** Copies the sample's rows for so many sales, by SQL within D1. */
export async function addSales(
  database: D1Database,
  { ids, event }: Sample,
  { from, to, ageMs, stepMs }: Fill,
): Promise<void> {
  const now = Date.now();
  for (const { table, where, own = {} } of TABLES) {
    const { results } = await database.prepare(`pragma table_info(${table})`).all<{ name: string }>();
    const values = results.map(({ name }) => own[name] ?? SMALL[name] ?? copyOf(name));
    const columns = results.map(({ name }) => name).join(', ');
    const found = where.replaceAll(/:(\w+)/g, (_, name: string) => {
      const known: Record<string, string> = { ...ids, event: event.id };
      return `'${known[name]}'`;
    });
    const statement = database.prepare(
      `insert into ${table} (${columns}) select ${values.join(', ')}
       from (select * from ${table} where ${found} limit 1) as t,
         (with recursive numbers (i) as (
           select cast(?1 as integer) union all select i + 1 from numbers where i < cast(?2 as integer)
         ), ages (i, age) as (select i, cast(?3 + (?4 - i) * ?5 as integer) from numbers)
         select i, age, ${timeInId('(cast(?6 as integer) - age)')} as time from ages) as n`,
    );
    for (let first = from; first <= to; first += SALES_AT_ONCE) {
      const last = Math.min(to, first + SALES_AT_ONCE - 1);
      const { meta } = await statement.bind(first, last, ageMs, to, stepMs, now).run();
      if (meta.changes !== last - first + 1) throw new Error(`${table}: ${meta.changes} copies`);
    }
  }
}

function copyOf(name: string): string {
  if (OF_THE_SALE.has(name)) {
    const number = `printf('%0${DIGITS}d', n.i)`;
    const end = (from: number) =>
      `substr(t.${name}, ${from}, length(t.${name}) - ${DIGITS + from - 1}) || ${number}`;
    // The gateway's ids sort by the time in them (`pay_` and ten characters), Polar's do not.
    return `iif(substr(t.${name}, 4, 1) = '_', substr(t.${name}, 1, 4) || n.time || ${end(15)}, ${end(1)})`;
  }
  // A lease has none, and what is null stays null.
  return name.endsWith('_at') ? `iif(t.${name} > 0, t.${name} - n.age, t.${name})` : `t.${name}`;
}

const BASE_32 = '0123456789abcdefghjkmnpqrstvwxyz';

/** A time (SQL, milliseconds) as the gateway's ids begin with it: 48 bits in ten characters, the first of which has three. */
function timeInId(ms: string): string {
  const characters = Array.from(
    { length: 10 },
    (_, i) => `substr('${BASE_32}', ((${ms} >> ${5 * (9 - i)}) & 31) + 1, 1)`,
  );
  return characters.join(' || ');
}
