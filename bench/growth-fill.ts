/** Columns with what belongs to one sale: their last characters are replaced by its number, so that its rows fit together. */
const OF_THE_SALE = new Set([
  'id',
  'key',
  'hash',
  'link_hash',
  'payment_id',
  'customer_id',
  'order_id',
  'checkout_id',
  'subscription_id',
  'event_id',
  'delivery_id',
  'polar_event_id',
  'polar_refund_id',
  'webhook_id',
]);
const DIGITS = 8;
/** More at once would keep the local runtime so busy that it closes connections. */
const SALES_AT_ONCE = 5_000;
/** Bodies are kept small: with those of a sale a million would have 24 GB more, and no index holds them. */
const SMALL: Record<string, string> = { body: `'{"small":1}'`, sealed_body: `'small'` };

/**
 * A row of a sample that is copied for each sale. In `where`, and in `own`, what its copies have of their own by SQL, `$name` is an id of
 * the sample's and `:name` what stands in the copy instead. `t`: the row; `n.i`: the sale's number; `n.age`: how old it is, and `n.now`:
 * now, milliseconds.
 */
export interface Copied {
  table: string;
  where: string;
  own?: Record<string, string>;
}

/** Ids of a sample's rows, by what they are. */
export type SampleIds = Readonly<Record<string, string>>;

export interface Fill {
  /** Numbers of the sales, the last one included. */
  from: number;
  to: number;
  /** How old the last sale is, and how much older each is than the next, milliseconds. */
  ageMs: number;
  stepMs: number;
}

/** The id that stands in the copy of a sale's row instead of the sample's. Not of the gateway's ids, which have a time. */
export function idOfCopy(id: string, sale: number): string {
  return id.slice(0, -DIGITS) + String(sale).padStart(DIGITS, '0');
}

/** Copies these rows for so many sales, by SQL within D1. @throws when one of the rows is not there */
export async function addCopies(
  database: D1Database,
  copied: readonly Copied[],
  ids: SampleIds,
  { from, to, ageMs, stepMs }: Fill,
): Promise<void> {
  const now = Date.now();
  for (const { table, where, own = {} } of copied) {
    const { results } = await database.prepare(`pragma table_info(${table})`).all<{ name: string }>();
    const values = results.map(({ name }) => own[name] ?? SMALL[name] ?? copyOf(name));
    const columns = results.map(({ name }) => name).join(', ');
    const statement = database.prepare(
      withIds(
        `insert into ${table} (${columns}) select ${values.join(', ')}
       from (select * from ${table} where ${where} limit 1) as t,
         (with recursive numbers (i) as (
           select cast(?1 as integer) union all select i + 1 from numbers where i < cast(?2 as integer)
         ), ages (i, age) as (select i, cast(?3 + (?4 - i) * ?5 as integer) from numbers)
         select i, age, cast(?6 as integer) as now, ${timeInId('(cast(?6 as integer) - age)')} as time from ages) as n`,
        ids,
      ),
    );
    for (let first = from; first <= to; first += SALES_AT_ONCE) {
      const last = Math.min(to, first + SALES_AT_ONCE - 1);
      const { meta } = await statement.bind(first, last, ageMs, to, stepMs, now).run();
      if (meta.changes !== last - first + 1) throw new Error(`${table}, ${where}: ${meta.changes} copies`);
    }
  }
}

/** A statement with the ids that it names. Within JSON's paths and times nothing is a name. */
function withIds(statement: string, ids: SampleIds): string {
  const idNamed = (name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`no sample has the id ${name}`);
    return `'${id}'`;
  };
  return statement
    .replaceAll(/\$([a-zA-Z]+)/g, (_, name: string) => idNamed(name))
    .replaceAll(/(?<![:\w%]):([a-z][a-zA-Z]*)/g, (_, name: string) => copyOfId(idNamed(name)));
}

function copyOf(name: string): string {
  if (OF_THE_SALE.has(name)) return copyOfId(`t.${name}`);
  // A lease has none, and what is null stays null.
  return name.endsWith('_at') ? `iif(t.${name} > 0, t.${name} - n.age, t.${name})` : `t.${name}`;
}

function copyOfId(id: string): string {
  const number = `printf('%0${DIGITS}d', n.i)`;
  const end = (from: number) => `substr(${id}, ${from}, length(${id}) - ${DIGITS + from - 1}) || ${number}`;
  // The gateway's ids sort by the time in them (`pay_` and ten characters), Polar's do not.
  return `iif(substr(${id}, 4, 1) = '_', substr(${id}, 1, 4) || n.time || ${end(15)}, ${end(1)})`;
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
