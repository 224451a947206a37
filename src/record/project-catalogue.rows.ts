import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { inParts } from '../base/db/json-parts.rules.ts';
import { command } from '../base/db/sql.rows.ts';
import type { BenefitSnapshot, ProductSnapshot } from '../polar/snapshots.rules.ts';
import { keepOfProduct } from './kept.rules.ts';
import { isNewer } from './upsert.rows.ts';

/*
 * Products and benefits, many at once: an organization has hundreds of them, and an invocation may run a thousand
 * statements. Each statement takes its rows as one JSON text.
 */

type Rows = { mode: Mode; rows: string };

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
  mode: Mode,
  found: readonly { row: ProductSnapshot; appId: string | null }[],
): Statement[] {
  return inParts(
    found.map(({ row, appId }) => ({ ...row, data: row.data && keepOfProduct(row.data), appId })),
  ).map((rows) => PROJECT_PRODUCTS({ mode, rows }));
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

/**
 * A product inside another object inserts a row, but never changes one. The missing fields are read again (see
 * `rereadProduct`).
 */
export function insertPartialProduct(mode: Mode, row: ProductSnapshot, appId: string | null): Statement {
  return INSERT_PARTIAL({ ...row, mode, appId, metadata: JSON.stringify(row.metadata) });
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

/** Statements that project benefits. */
export function projectBenefits(mode: Mode, found: readonly BenefitSnapshot[]): Statement[] {
  return inParts(found).map((rows) => PROJECT_BENEFITS({ mode, rows }));
}
