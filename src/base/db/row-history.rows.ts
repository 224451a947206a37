import { type Bound, command, type Value } from './sql.rows.ts';

/*
 * What decisions about access read of each table, and the statements that keep it as it was before a change (ADR 102). A
 * statement of these stands before the one that changes the rows, in the same batch. `access/explain` reads them back.
 */

interface Kept {
  table: string;
  /** The columns that decisions read, `mode` and `id` first, as SQL in which `@` is the table: `@status`. */
  columns: Readonly<Record<string, string>>;
}

const plain = (names: string) => Object.fromEntries(names.split(' ').map((name) => [name, `@${name}`]));

/** Without the addresses of people, which no decision reads. */
const SNAPSHOT = {
  table: 'snapshots',
  columns: {
    ...plain('mode kind id customer_id status'),
    data: "json(json_remove(@data, '$.email', '$.customer_email'))",
  },
};

const CONFIRMED = "@status in ('confirmed', 'succeeded')";

const HISTORY = {
  order: {
    table: 'orders',
    columns: plain(
      'mode id app_id payment_id customer_id product_id checkout_id subscription_id status total_amount created_at paid_at version',
    ),
  },
  subscription: {
    table: 'subscriptions',
    columns: plain(
      'mode id app_id payment_id customer_id product_id status current_period_end cancel_at_period_end started_at ends_at ended_at past_due_at seats product_since created_at version',
    ),
  },
  grant: {
    table: 'grants',
    columns: plain(
      'mode id app_id payment_id benefit_id customer_id member_id member_role order_id subscription_id is_granted is_revoked granted_at revoked_at',
    ),
  },
  refund: { table: 'refunds', columns: plain('mode id order_id status revokes_benefits version') },
  payment: {
    table: 'payments',
    columns: plain(
      'mode id app_id external_customer_id customer_id checkout_id subscription_id product_id status created_at',
    ),
  },
  customer: { table: 'customers', columns: plain('mode id deleted_at') },
  product: {
    table: 'products',
    columns: {
      ...plain('mode id name app_id metadata'),
      data: "json(iif(@data is null, null, json_object('benefits', json(@data -> '$.benefits'), 'prices', json(@data -> '$.prices'))))",
    },
  },
  benefit: { table: 'benefits', columns: plain('mode id type description metadata') },
  app: { table: 'apps', columns: plain('mode id past_due_grace_days dispute_access') },
  /** Only whether somebody has confirmed it, and who: most are begun and left, by strangers. */
  checkout: {
    table: 'snapshots',
    columns: {
      ...plain('mode kind id'),
      customer_id: `iif(${CONFIRMED}, @customer_id, null)`,
      status: `iif(${CONFIRMED}, 'confirmed', null)`,
      data: "json('{}')",
    },
  },
  member: SNAPSHOT,
  seat: SNAPSHOT,
  /** When it was decided matters. */
  dispute: { table: 'snapshots', columns: { ...SNAPSHOT.columns, version: '@version' } },
} satisfies Record<string, Kept>;

export type HistoryKind = keyof typeof HISTORY;

export function hasHistory(kind: string): kind is HistoryKind {
  return Object.hasOwn(HISTORY, kind);
}

/** What decisions read of a kind: its table, and the columns as SQL over `alias`. */
export function keptOf(kind: HistoryKind, alias?: string): { table: string; columns: [string, string][] } {
  const { table, columns }: Kept = HISTORY[kind];
  const of = `${alias ?? table}.`;
  return { table, columns: Object.entries(columns).map(([name, text]) => [name, text.replaceAll('@', of)]) };
}

/** Which rows are about to change, each of one kind. All SQL. */
interface Changing {
  /** After `from`: the table by its own name, and what it is joined with. */
  from: string;
  where: string;
  /** Whose a row was, where nothing leads to it any more afterwards. */
  formerOwner?: string;
  /** The id of a row that may be new, and what says that there is none yet. */
  id?: string;
  isNew?: string;
  /** Rows of which mode; `:mode` where none is given. */
  mode?: string;
}

/**
 * The text of a statement that keeps rows as they are, before another one of its batch changes them. Its parameters are
 * `:mode`, `:now` (milliseconds), and those of the conditions.
 */
function keepText(kind: HistoryKind, { from, where, ...change }: Changing): string {
  const { table, columns } = keptOf(kind);
  const { id = `${table}.id`, isNew, formerOwner = 'null', mode = ':mode' } = change;
  const row = `json_object(${columns.map(([name, text]) => `'${name}', ${text}`).join(', ')})`;
  return `
    insert into row_history (mode, kind, id, nth, until, row, former_owner)
    select ${mode}, '${kind}', ${id},
      1 + coalesce((select max(h.nth) from row_history as h where h.mode = ${mode} and h.kind = '${kind}' and h.id = ${id}), 0),
      :now, ${isNew === undefined ? row : `iif(${isNew}, null, ${row})`}, ${formerOwner}
    from ${from} where ${where}`;
}

/** Such a statement. */
export function keepBefore<Params extends { readonly [Name in keyof Params]: Value }>(
  kind: HistoryKind,
  changing: Changing,
): (params: Params & { now: number }) => Bound<number> {
  return command<Params & { now: number }>(keepText(kind, changing));
}

/** Whose a row of a customer is in its app, and whose a payment is that names the app's own user; as SQL. */
export const ofCustomer = (table: string) => `'customer:' || ${table}.app_id || ':' || ${table}.customer_id`;
export const ofExternal = (table: string) =>
  `'external:' || ${table}.app_id || ':' || ${table}.external_customer_id`;
/** Whose a product is. */
export const ofApp = (table: string) => `'app:' || ${table}.app_id`;
