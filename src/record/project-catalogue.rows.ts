import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { inParts } from '../base/db/json-parts.rules.ts';
import { keepBefore, keptOf, ofApp } from '../base/db/row-history.rows.ts';
import { command } from '../base/db/sql.rows.ts';
import type { BenefitSnapshot, ProductSnapshot } from '../polar/snapshots.rules.ts';
import { keepOfProduct } from './kept.rules.ts';
import { isNewer } from './upsert.rows.ts';

/*
 * Products and benefits, many at once: an organization has hundreds of them, and an invocation may run a thousand
 * statements. Each statement takes its rows as one JSON text.
 */

type Rows = { mode: Mode; rows: string };

/** In which mode something is written, and when (milliseconds). */
interface At {
  mode: Mode;
  now: number;
}

/** The rows of a statement as its table would have them, so that the same SQL compares both. */
const asTable = (columns: readonly string[], more = '') =>
  `(select :mode as mode, ${columns
    .map((name) => `r.value ->> '$.${camel(name)}' as ${name}`)
    .join(', ')}, r.value -> '$.metadata' as metadata${more} from json_each(:rows) as r)`;
const camel = (column: string) => column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
/** Whether what decisions about access read of a row will differ. */
const differs = (kind: 'product' | 'benefit', next: Readonly<Record<string, string>> = {}) => {
  const [olds, news] = [keptOf(kind).columns, keptOf(kind, 'excluded').columns].map((columns) =>
    columns.map(([name, sql]) => [name, sql] as const),
  );
  return `(${olds?.map(([, sql]) => sql).join(', ')}) is not (${news?.map(([name, sql]) => next[name] ?? sql).join(', ')})`;
};

const OWNER_NEXT = 'coalesce(products.assigned_app_id, excluded.app_id)';
const KEEP_PRODUCTS = keepBefore<Rows>('product', {
  from: `${asTable(['id', 'name', 'app_id', 'version', 'seen_version', 'digest'], ", r.value -> '$.data' as data")} as excluded
    left join products on products.mode = excluded.mode and products.id = excluded.id`,
  where: `products.id is null or ((products.data is null or ${isNewer('products')}) and ${differs('product', { app_id: OWNER_NEXT })})`,
  formerOwner: `iif(products.app_id is not ${OWNER_NEXT}, ${ofApp('products')}, null)`,
  id: 'excluded.id',
  isNew: 'products.id is null',
});

const PROJECT_PRODUCTS = command<Rows>(`
  insert into products (mode, id, name, is_archived, is_recurring, metadata, data, app_id, version, seen_version, digest)
  select :mode, r.value ->> '$.id', r.value ->> '$.name', r.value ->> '$.isArchived', r.value ->> '$.isRecurring',
    r.value -> '$.metadata', r.value -> '$.data', r.value ->> '$.appId', r.value ->> '$.version', r.value ->> '$.seenVersion', r.value ->> '$.digest'
  from json_each(:rows) as r where true
  on conflict (mode, id) do update set name = excluded.name, is_archived = excluded.is_archived,
    is_recurring = excluded.is_recurring, metadata = excluded.metadata, data = excluded.data,
    app_id = coalesce(products.assigned_app_id, excluded.app_id),
    version = excluded.version, seen_version = excluded.seen_version, digest = excluded.digest
  where products.data is null or ${isNewer('products')}`);

/** Statements that project products that were seen whole, each with the app that owns it. */
export function projectProducts(
  { mode, now }: At,
  found: readonly { row: ProductSnapshot; appId: string | null }[],
): Statement[] {
  return inParts(
    found.map(({ row, appId }) => ({ ...row, data: row.data && keepOfProduct(row.data), appId })),
  ).flatMap((rows) => [KEEP_PRODUCTS({ mode, now, rows }), PROJECT_PRODUCTS({ mode, rows })]);
}

const INSERT_PARTIAL = command<
  Pick<
    ProductSnapshot,
    'id' | 'name' | 'isArchived' | 'isRecurring' | 'version' | 'seenVersion' | 'digest'
  > & {
    mode: Mode;
    metadata: string;
    appId: string | null;
  }
>(`
  insert into products (mode, id, name, is_archived, is_recurring, metadata, app_id, version, seen_version, digest)
  values (:mode, :id, :name, :isArchived, :isRecurring, :metadata, :appId, :version, :seenVersion, :digest)
  on conflict do nothing`);
const KEEP_PARTIAL = keepBefore<{ mode: Mode; id: string }>('product', {
  from: '(select 1) left join products on products.mode = :mode and products.id = :id',
  where: 'products.id is null',
  id: ':id',
  isNew: 'products.id is null',
});

/**
 * A product inside another object inserts a row, but never changes one. The missing fields are read again (see
 * `rereadProduct`).
 */
export function insertPartialProduct(
  { mode, now }: At,
  row: ProductSnapshot,
  appId: string | null,
): Statement[] {
  return [
    KEEP_PARTIAL({ mode, now, id: row.id }),
    INSERT_PARTIAL({ ...row, mode, appId, metadata: JSON.stringify(row.metadata) }),
  ];
}

const PROJECT_BENEFITS = command<Rows>(`
  insert into benefits (mode, id, type, description, is_deleted, metadata, files, version, seen_version, digest)
  select :mode, r.value ->> '$.id', r.value ->> '$.type', r.value ->> '$.description', r.value ->> '$.isDeleted',
    r.value -> '$.metadata', r.value ->> '$.files', r.value ->> '$.version', r.value ->> '$.seenVersion', r.value ->> '$.digest'
  from json_each(:rows) as r where true
  on conflict (mode, id) do update set type = excluded.type, description = excluded.description,
    is_deleted = excluded.is_deleted, metadata = excluded.metadata, files = coalesce(excluded.files, benefits.files),
    version = excluded.version, seen_version = excluded.seen_version, digest = excluded.digest
  where ${isNewer('benefits')}`);

const KEEP_BENEFITS = keepBefore<Rows>('benefit', {
  from: `${asTable(['id', 'type', 'description', 'version', 'seen_version', 'digest'])} as excluded
    left join benefits on benefits.mode = excluded.mode and benefits.id = excluded.id`,
  where: `benefits.id is null or (${isNewer('benefits')} and ${differs('benefit')})`,
  id: 'excluded.id',
  isNew: 'benefits.id is null',
});

/** Statements that project benefits. */
export function projectBenefits({ mode, now }: At, found: readonly BenefitSnapshot[]): Statement[] {
  return inParts(found).flatMap((rows) => [
    KEEP_BENEFITS({ mode, now, rows }),
    PROJECT_BENEFITS({ mode, rows }),
  ]);
}
