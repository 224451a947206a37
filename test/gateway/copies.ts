import { env } from 'cloudflare:workers';

/*
 * A tenant that has sold for years: copies of all rows that belong to purchases, half of them of the same app, half of
 * another one. Whatever a row names has a copy of the same number, so copies share nothing with the rows they are of.
 */

/** Parents first. Not the catalogue, apps, keys and endpoints: an app has few, however much it sells. */
const TABLES = [
  'customers',
  'app_customers',
  'known_customers',
  'customer_external_ids',
  'prepared_customers',
  'erased_customers',
  'payments',
  'orders',
  'subscriptions',
  'refunds',
  'refund_requests',
  'grants',
  'own_grants',
  'grant_changes',
  'grant_causes',
  'grant_fulfilments',
  'snapshots',
  'events',
  'deliveries',
  'delivery_attempts',
  'polar_events',
  'forgotten_customers',
  'rereads',
  'idempotency_keys',
  'sessions',
  'codes',
  'sign_in_attempts',
  'audit_log',
];
/** The column by which a copy is known, where it is not the id. */
const OWN: Record<string, string> = {
  app_customers: 'customer_id',
  known_customers: 'customer_id',
  customer_external_ids: 'customer_id',
  prepared_customers: 'external_id',
  idempotency_keys: 'key',
  codes: 'hash',
  grant_changes: 'grant_id',
  grant_causes: 'purchase',
  grant_fulfilments: 'grant_id',
};
const NAMES =
  /^(id|key|hash|link_hash|webhook_id|waits_for|external_id|purchase|(grant|payment|customer|order|subscription|checkout|event|delivery|polar_event|member|external_customer|polar_refund|request|license_key)_id|display_key)$/;
const ADDRESSES = /^(email|customer_email|address)$/;

/** Copies every row that is no copy, with numbers `from` to `to`. `other`: the id of the app that gets every second copy of those of `app`. */
export async function copyRows(
  { from, to }: { from: number; to: number },
  { app, other }: { app: string; other: string },
): Promise<void> {
  const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  for (const table of TABLES) {
    const { results } = await env.DB.prepare(`pragma table_info(${table})`).all<{ name: string }>();
    const names = results.map(({ name }) => name);
    await env.DB.prepare(
      `insert into ${table} (${names.join(', ')}) select ${names.map((name) => copied(table, name)).join(', ')}
      from ${table} as t, json_each(?1) as n where ?2 <> ?3 and t.${OWN[table] ?? 'id'} not glob '*-copy*'`,
    )
      .bind(JSON.stringify(numbers), app, other)
      .run();
  }
}

/** Deletes copies with numbers from `from` on. */
export async function deleteCopies(from: number): Promise<void> {
  for (const table of TABLES.toReversed()) {
    const own = OWN[table] ?? 'id';
    await env.DB.prepare(
      `delete from ${table} where ${own} glob '*-copy*' and cast(substr(${own}, instr(${own}, '-copy') + 5) as integer) >= ?`,
    )
      .bind(from)
      .run();
  }
}

function copied(table: string, name: string): string {
  if (name === 'app_id') return 'iif(t.app_id = ?2 and n.value % 2 = 1, ?3, t.app_id)';
  if (name === 'sequence' && table === 'events') return 't.sequence + n.value * 1000000';
  // Of one moment there are few.
  if (name === 'received_at') return 't.received_at - n.value';
  if (NAMES.test(name)) return `iif(t.${name} = '', '', t.${name} || '-copy' || n.value)`;
  if (ADDRESSES.test(name)) return `replace(t.${name}, '@', '@' || n.value || '.')`;
  if (table === 'snapshots' && name === 'data')
    return `replace(replace(t.data, '_id":"', '_id":"' || n.value || '-'), '@', '@' || n.value || '.')`;
  return `t.${name}`;
}
