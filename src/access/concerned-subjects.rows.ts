import type { Subject } from '../base/subject.rules.ts';
import { type Database, runBatch } from '../base/db/database.rows.ts';
import { APP_JSON, readApp } from '../base/db/app-json.rows.ts';
import { query, runOne } from '../base/db/sql.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';

/** A change of these customers' and payments' grants and purchases. */
interface Change {
  appId: string;
  customerIds: readonly string[];
  paymentIds: readonly string[];
  externalIds: readonly string[];
}

/** An app, and all subjects of it that a change of these customers and payments may concern. */
export async function selectConcerned(
  database: Database,
  change: Change,
): Promise<{ app: AppRow | undefined; subjects: Subject[] }> {
  const { apps, members, externals, payments, mapped, recipients } = await runBatch(
    database,
    concernedStatements(change),
  );
  const subjects: Subject[] = change.customerIds.map((customerId) => ({ kind: 'customer', customerId }));
  for (const { customerId } of recipients) subjects.push({ kind: 'customer', customerId });
  for (const { customerId, memberId } of members) subjects.push({ kind: 'member', customerId, memberId });
  for (const { externalId } of externals) subjects.push({ kind: 'external', externalId });
  for (const externalId of change.externalIds) subjects.push({ kind: 'external', externalId });
  for (const { customerId } of mapped.flat()) subjects.push({ kind: 'customer', customerId });
  for (const { paymentId } of payments) subjects.push({ kind: 'purchase', paymentId });
  return { app: readFirst(apps), subjects };
}

export async function selectApp(database: Database, appId: string): Promise<AppRow | undefined> {
  return readFirst(await runOne(database, appById({ appId })));
}

function readFirst([row]: readonly { app: string }[]): AppRow | undefined {
  return row && readApp(row.app);
}

/** The statements of that read; a `+` as in entitlement-scopes.rows.ts. */
export function concernedStatements({ appId, customerIds, paymentIds, externalIds }: Change) {
  const ids = {
    appId,
    customerIds: JSON.stringify(customerIds),
    paymentIds: JSON.stringify(paymentIds),
  };
  return {
    apps: appById({ appId }),
    members: membersOf(ids),
    externals: externalsOf(ids),
    payments: paymentsOf(ids),
    // What is given to an external id is its customers' too (ADR 100).
    mapped: externalIds.length === 0 ? [] : [mappedTo({ appId, externalIds: JSON.stringify(externalIds) })],
    recipients: recipientsOf(ids),
  };
}

const appById = query<{ appId: string }, { app: string }>(
  `select ${APP_JSON} as app from apps as a where a.id = :appId`,
);

type Ids = { appId: string; customerIds: string; paymentIds: string };

/** Members of a team beyond this number keep their old tokens until those expire, within 300 s. */
const MAX_MEMBERS = 500;
const CUSTOMERS = '(select value from json_each(:customerIds))';
/** A renewal is a payment of its own, but the subscription's grants belong to the payment that began it. */
const CHANGED = `
  select p.id from payments as p where p.id in (select value from json_each(:paymentIds)) and +p.app_id = :appId
  union
  select s.payment_id from payments as p join subscriptions as s on s.mode = p.mode and s.id = p.subscription_id
  where p.id in (select value from json_each(:paymentIds)) and +p.app_id = :appId
    and +s.app_id = :appId and s.payment_id is not null`;

const membersOf = query<Ids, { customerId: string; memberId: string }>(`
  select distinct customer_id as customerId, member_id as memberId from grants
  where app_id = :appId and customer_id in ${CUSTOMERS} and member_id is not null limit ${MAX_MEMBERS}`);

const externalsOf = query<Ids, { externalId: string }>(`
  select external_id as externalId from app_customers where customer_id in ${CUSTOMERS} and +app_id = :appId
  union
  select external_customer_id from payments where id in (${CHANGED}) and external_customer_id is not null
  union
  select claimed_external_id from gifts where payment_id in (${CHANGED}) and claimed_external_id is not null
  union
  select a.external_id from gifts as g cross join app_customers as a on a.customer_id = g.claimed_customer_id and +a.app_id = g.app_id
  where g.payment_id in (${CHANGED}) and g.claimed_customer_id is not null`);

/** Who has claimed these purchases as gifts. */
const recipientsOf = query<Ids, { customerId: string }>(`
  select claimed_customer_id as customerId from gifts
  where payment_id in (${CHANGED}) and claimed_customer_id is not null`);

const mappedTo = query<{ appId: string; externalIds: string }, { customerId: string }>(`
  select customer_id as customerId from json_each(:externalIds) as n cross join app_customers as c
  on c.app_id = :appId and c.external_id = n.value limit ${MAX_MEMBERS}`);

const paymentsOf = query<Ids, { paymentId: string }>(`select id as paymentId from (${CHANGED})`);
