import type { Database } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { query, runOne } from '../../base/db/sql.rows.ts';
import type { Subject } from '../../base/subject.rules.ts';
import { any, scopeOf } from '../../access/entitlement-scopes.rows.ts';
import type { FileBenefit, Holder } from './offered-files.rules.ts';

/** What an app offers as files, and at whose customers of Polar's a subject's would be. */
export interface OfferedFiles {
  /** Benefits that give files: those of what the app sells, and those that the subject holds or held. */
  benefits: FileBenefit[];
  /** Who holds which of them by a live grant of this app. */
  holders: (Holder & { benefitId: string })[];
  /** Benefits of which the subject has no grant that is heard of, neither live nor revoked, are with these. */
  buyers: Holder[];
  /** Benefits of which there is a grant of the subject's, live or not. */
  heard: Set<string>;
}

type Params = {
  app: string;
  mode: string;
  customer: string | null;
  member: string | null;
  payment: string | null;
  external: string | null;
};
type Row = { part: 'benefit' | 'grant' | 'buyer'; row: string };

/** Reads it in one round trip to the primary. How many rows it reads depends on what the app sells and the subject has. */
export async function selectOfferedFiles(
  database: Database,
  { app, subject }: { app: Pick<AppRow, 'id' | 'mode'>; subject: Subject },
): Promise<OfferedFiles> {
  const rows = await runOne(database, offeredStatement(app, subject));
  const of = <T>(part: Row['part']) =>
    rows.filter((row) => row.part === part).map(({ row }) => JSON.parse(row) as T);
  const grants = of<[string, string, string | null, number]>('grant');
  return {
    benefits: of<[string, Record<string, boolean> | null]>('benefit').map(([id, files]) => ({ id, files })),
    holders: grants
      .filter(([, , , isGranted]) => isGranted === 1)
      .map(([benefitId, customerId, memberId]) => ({ benefitId, customerId, memberId })),
    buyers: of<[string]>('buyer').map(([customerId]) => ({ customerId, memberId: null })),
    heard: new Set(grants.map(([benefitId]) => benefitId)),
  };
}

const statements = new Map<Subject['kind'], ReturnType<typeof query<Params, Row>>>();

/** The statement of that read; its text is the same for all subjects of a kind. */
function offeredStatement({ id, mode }: Pick<AppRow, 'id' | 'mode'>, subject: Subject) {
  let statement = statements.get(subject.kind);
  if (!statement) {
    statement = query<Params, Row>(textFor(subject.kind));
    statements.set(subject.kind, statement);
  }
  return statement({
    app: id,
    mode,
    customer: 'customerId' in subject ? subject.customerId : null,
    member: subject.kind === 'member' ? subject.memberId : null,
    payment: subject.kind === 'purchase' ? subject.paymentId : null,
    external: subject.kind === 'external' ? subject.externalId : null,
  });
}

function textFor(kind: Subject['kind']): string {
  const { grants, ownOrders, ownSubscriptions } = scopeOf(kind);
  const buyers =
    ownOrders === undefined && ownSubscriptions === undefined
      ? 'select null where false'
      : `select customer_id from orders where ${any(ownOrders)}
    union select customer_id from subscriptions where ${any(ownSubscriptions)}`;
  return `
with held as materialized (
  select benefit_id, customer_id, member_id, is_granted from grants where ${grants}
),
offered as materialized (
  select b.id, b.files from (
    select benefit_id as id from held
    union
    select b.value ->> '$.id' from products as p, json_each(p.data, '$.benefits') as b
    where p.app_id = :app and b.value ->> '$.type' = 'downloadables'
  ) as named cross join benefits as b on b.mode = :mode and b.id = named.id and b.type = 'downloadables'
),
buyers(customer_id) as (${buyers})
select 'benefit' as part, json_array(id, json(files)) as row from offered
union all
select 'grant', json_array(benefit_id, customer_id, member_id, max(is_granted)) from held
  where benefit_id in (select id from offered) group by benefit_id, customer_id, member_id
union all
select 'buyer', json_array(customer_id) from buyers`;
}
