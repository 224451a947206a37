import { sql } from 'drizzle-orm';
import type { Subject } from '../base/subject.rules.ts';
import type { Database } from '../base/db/database.rows.ts';
import { type AppRow, apps, grants } from '../base/db/schema.rows.ts';

/** An app, and all subjects of it that a change of these customers and payments may concern. */
export async function selectConcerned(
  database: Database,
  change: { appId: string; customerIds: readonly string[]; paymentIds: readonly string[] },
): Promise<{ app: AppRow | undefined; subjects: Subject[] }> {
  const [appRows, memberRows, externalRows, paymentRows] = await database.batch(
    concernedStatements(database, change),
  );
  const subjects: Subject[] = change.customerIds.map((customerId) => ({ kind: 'customer', customerId }));
  for (const { customerId, memberId } of memberRows) {
    if (memberId !== null) subjects.push({ kind: 'member', customerId, memberId });
  }
  for (const { externalId } of externalRows) subjects.push({ kind: 'external', externalId });
  for (const { paymentId } of paymentRows) subjects.push({ kind: 'purchase', paymentId });
  return { app: appRows[0], subjects };
}

export async function selectApp(database: Database, appId: string): Promise<AppRow | undefined> {
  return (await appStatement(database, appId))[0];
}

function appStatement(database: Database, appId: string) {
  return database
    .select()
    .from(apps)
    .where(sql`apps.id = ${appId}`);
}

/** Members of a team beyond this number keep their old tokens until those expire, within 300 s. */
const MAX_MEMBERS = 500;

/** The statements of that read; a `+` as in entitlement-scopes.ts. */
export function concernedStatements(
  database: Database,
  change: { appId: string; customerIds: readonly string[]; paymentIds: readonly string[] },
) {
  const { appId } = change;
  const customers = sql`(select value from json_each(${JSON.stringify(change.customerIds)}))`;
  // A renewal is a payment of its own, but the subscription's grants belong to the payment that began it.
  const changed = sql`
    select p.id from payments as p where p.id in (select value from json_each(${JSON.stringify(change.paymentIds)})) and +p.app_id = ${appId}
    union
    select s.payment_id from payments as p join subscriptions as s on s.mode = p.mode and s.id = p.subscription_id
    where p.id in (select value from json_each(${JSON.stringify(change.paymentIds)})) and +p.app_id = ${appId}
      and +s.app_id = ${appId} and s.payment_id is not null`;
  return [
    appStatement(database, appId),
    database
      .selectDistinct({ customerId: grants.customerId, memberId: grants.memberId })
      .from(grants)
      .where(
        sql`grants.app_id = ${appId} and grants.customer_id in ${customers} and grants.member_id is not null`,
      )
      .limit(MAX_MEMBERS),
    database.select({ externalId: sql<string>`external_id` }).from(sql`(
      select external_id from app_customers where customer_id in ${customers} and +app_id = ${appId}
      union
      select external_customer_id from payments where id in (${changed}) and external_customer_id is not null)`),
    database.select({ paymentId: sql<string>`id` }).from(sql`(${changed})`),
  ] as const;
}
