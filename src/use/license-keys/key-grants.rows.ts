import type { Mode } from '../../base/mode.rules.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { query, runOne } from '../../base/db/sql.rows.ts';
import type { Subject } from '../../base/subject.rules.ts';
import { scopeOf } from '../../access/entitlement-scopes.rows.ts';

/* Whose a licence key is: the app's whose grant names it (trust rule 5). */

/** A grant that names a key. `appId` null: nobody knows yet which app it was bought through. */
export interface KeyOwner {
  licenseKeyId: string;
  appId: string | null;
}

/** Of the grants that name a key which ends alike so many are looked at. In a million keys two seldom end alike. */
const MOST_ALIKE = 20;

/*
 * The indexes begin with the app, so that all apps of the mode are gone through, which are few; and what is of none. The `+` keeps
 * SQLite from an index on the mode alone.
 */
const alike = query<{ mode: Mode; displayKey: string }, KeyOwner>(`
  select g.license_key_id as licenseKeyId, g.app_id as appId from apps as a cross join grants as g on g.app_id = a.id
  where a.mode = :mode and g.display_key = :displayKey and g.license_key_id is not null
  union all
  select license_key_id, app_id from grants
  where app_id is null and +mode = :mode and display_key = :displayKey and license_key_id is not null
  limit ${MOST_ALIKE}`);

/** Grants of the mode that name a key which ends like this one. */
export function findAlike(mode: Mode, displayKey: string) {
  return alike({ mode, displayKey });
}

const owners = query<{ mode: Mode; ids: string }, KeyOwner>(`
  select g.license_key_id as licenseKeyId, g.app_id as appId
  from json_each(:ids) as k cross join apps as a cross join grants as g on g.app_id = a.id and g.license_key_id = k.value
  where a.mode = :mode
  union all
  select license_key_id, app_id from grants
  where app_id is null and +mode = :mode and license_key_id in (select value from json_each(:ids))`);

/** Grants that name one of these keys. */
export function selectOwners(database: Database, mode: Mode, ids: readonly string[]): Promise<KeyOwner[]> {
  return runOne(database, owners({ mode, ids: JSON.stringify(ids) }));
}

/** A grant that may have given a key, from before it was kept which. */
export interface UnnamedGrant {
  id: string;
  appId: string | null;
  customerId: string;
  benefitId: string;
}

const unnamed = query<{ mode: Mode; customerIds: string }, UnnamedGrant>(`
  select id, app_id as appId, customer_id as customerId, benefit_id as benefitId from grants
  where mode = :mode and customer_id in (select value from json_each(:customerIds)) and license_key_id is null`);

/** Grants of these customers that name no key. */
export function selectUnnamed(
  database: Database,
  mode: Mode,
  customerIds: readonly string[],
): Promise<UnnamedGrant[]> {
  return runOne(database, unnamed({ mode, customerIds: JSON.stringify([...new Set(customerIds)]) }));
}

const appOf = query<{ mode: Mode; id: string }, { appId: string | null }>(
  'select app_id as appId from grants where mode = :mode and id = :id',
);

/** The app of a grant; null while it is not known, undefined when the grant is not. */
export async function findAppOfGrant(
  database: Database,
  mode: Mode,
  id: string,
): Promise<string | null | undefined> {
  const [row] = await runOne(database, appOf({ mode, id }));
  return row?.appId;
}

const benefits = query<{ app: string }, { id: string }>(`
  select distinct b.value ->> '$.id' as id from products as p, json_each(p.data, '$.benefits') as b
  where p.app_id = :app and b.value ->> '$.type' = 'license_keys' order by id`);

/** The benefits of the app's products that give keys. */
export async function selectKeyBenefits(database: Database, appId: string): Promise<string[]> {
  return (await runOne(database, benefits({ app: appId }))).map(({ id }) => id);
}

/** A grant of somebody's, which gave a key, or may have. */
export interface HeldGrant {
  id: string;
  licenseKeyId: string | null;
  customerId: string;
  benefitId: string;
  createdAt: number;
}

type Held = {
  app: string;
  mode: Mode;
  customer: string | null;
  member: string | null;
  payment: string | null;
  external: string | null;
};

function whoseOf(app: { id: string; mode: Mode }, subject: Subject): Held {
  return {
    app: app.id,
    mode: app.mode,
    customer: 'customerId' in subject ? subject.customerId : null,
    member: subject.kind === 'member' ? subject.memberId : null,
    payment: subject.kind === 'purchase' ? subject.paymentId : null,
    external: subject.kind === 'external' ? subject.externalId : null,
  };
}

/** For the app's server also what members of a customer's team hold. */
const FOR_SERVERS: Partial<Record<Subject['kind'], (own: string) => string>> = {
  customer: () => 'app_id = :app and customer_id = :customer',
  external: (own) => `mode = :mode and id in (
    select id from grants where app_id = :app and customer_id in (
      select customer_id from app_customers where app_id = :app and external_id = :external)
    union
    select id from grants where ${own})`,
};

/** Made when the first of its kind is asked about. */
function byKind<S>(make: (scope: string) => S): (subject: Subject, isServer: boolean) => S {
  const made = new Map<string, S>();
  return ({ kind }, isServer) => {
    const name = `${kind} ${isServer}`;
    const { grants } = scopeOf(kind);
    const whole = isServer ? FOR_SERVERS[kind] : undefined;
    const statement = made.get(name) ?? make(whole ? whole(grants) : grants);
    made.set(name, statement);
    return statement;
  };
}

const held = byKind((scope) =>
  query<Held & { at: number; id: string; benefit: string | null; limit: number }, HeldGrant>(`
    select id, license_key_id as licenseKeyId, customer_id as customerId, benefit_id as benefitId, created_at as createdAt
    from grants where (${scope}) and (license_key_id is not null or exists (
        select 1 from benefits as b where b.mode = grants.mode and b.id = grants.benefit_id and b.type = 'license_keys'))
      and (:benefit is null or benefit_id = :benefit) and (created_at, id) < (:at, :id)
    order by created_at desc, id desc limit :limit`),
);

/** The grants of a subject that gave a key, or may have, the newest first: those behind `after`. */
export function selectHeldGrants(
  database: Database,
  app: { id: string; mode: Mode },
  subject: Subject,
  page: {
    after: { at: number; id: string } | undefined;
    benefitId: string | undefined;
    limit: number;
    isServer: boolean;
  },
): Promise<HeldGrant[]> {
  return runOne(
    database,
    held(
      subject,
      page.isServer,
    )({
      ...whoseOf(app, subject),
      at: page.after?.at ?? Number.MAX_SAFE_INTEGER,
      id: page.after?.id ?? '',
      benefit: page.benefitId ?? null,
      limit: page.limit,
    }),
  );
}

const holds = byKind((scope) =>
  query<Held & { key: string }, { id: string }>(
    `select id from grants where (${scope}) and license_key_id = :key limit 1`,
  ),
);

/** Whether one of a subject's grants gave this key. */
export async function holdsKey(
  database: Database,
  app: { id: string; mode: Mode },
  subject: Subject,
  licenseKeyId: string,
): Promise<boolean> {
  const whose = { ...whoseOf(app, subject), key: licenseKeyId };
  const found = await runOne(database, holds(subject, false)(whose));
  return found.length > 0;
}
