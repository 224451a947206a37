import { readFile } from 'node:fs/promises';
import { getTableName, is } from 'drizzle-orm';
import { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { expect, test } from 'vitest';
import { AGES, type AgeName, MOST_DAYS_KEPT, settingOfAge } from '../../src/base/ages.rules.ts';
import * as schema from '../../src/base/db/schema.rows.ts';

/* Nothing grows for ever (ADR 112): each table has an age, or a reason why its rows are bounded. */

/** By what a table is bounded that has no age of its own. */
type Bound =
  | 'by what people set up'
  | 'by what is sold, which is kept for good'
  | 'by the people who buy'
  | 'by what it is about, and goes with it'
  | 'by what is under way'
  | 'goes when it expires'
  | 'a few rows';

const TABLES: Readonly<Record<string, AgeName | readonly AgeName[] | Bound>> = {
  apps: 'by what people set up',
  api_keys: 'ended_keys',
  products: 'by what people set up',
  benefits: 'by what people set up',
  customers: 'by the people who buy',
  forgotten_customers: 'by the people who buy',
  app_customers: 'by the people who buy',
  known_customers: 'by the people who buy',
  customer_external_ids: 'by the people who buy',
  prepared_customers: 'by the people who buy',
  erased_customers: 'by the people who buy',
  payments: 'unpaid',
  payment_metadata: 'by what it is about, and goes with it',
  gifts: 'by what it is about, and goes with it',
  orders: 'by what is sold, which is kept for good',
  subscriptions: 'by what is sold, which is kept for good',
  refunds: 'by what is sold, which is kept for good',
  refund_requests: 'by what is sold, which is kept for good',
  grants: 'by what is sold, which is kept for good',
  own_grants: 'own_grants',
  grant_changes: 'grant_history',
  grant_causes: 'grant_history',
  grant_fulfilments: 'by what is sold, which is kept for good',
  snapshots: 'unpaid',
  polar_events: ['polar_events', 'polar_event_rows'],
  rereads: 'by what is under way',
  events: ['delivered', 'news'],
  cursors: 'by what people set up',
  endpoints: 'delivered',
  deliveries: 'delivered',
  delivery_attempts: 'delivered',
  watermarks: 'a few rows',
  health_checks: 'a few rows',
  reconcile_runs: 'reconcile',
  reconcile_findings: 'reconcile',
  idempotency_keys: 'goes when it expires',
  codes: 'goes when it expires',
  sessions: 'sessions',
  sign_in_attempts: 'goes when it expires',
  walks: 'a few rows',
  secret_ages: 'by what people set up',
  published_keys: 'goes when it expires',
  licensed_machines: 'goes when it expires',
  reseals: 'by what people set up',
  row_history: 'goes when it expires',
  history_marks: 'a few rows',
  daily_counts: 'counts',
  polar_budgets: 'a few rows',
  downloads: 'downloads',
  downloaded_files: 'by what people set up',
  license_checks: 'goes when it expires',
  license_guesses: 'goes when it expires',
  license_requests: 'goes when it expires',
  license_activations: 'activations',
  audit_log: 'audit',
  campaigns: 'by what people set up',
  checkout_links: 'by what people set up',
  discount_counts: 'by what people set up',
};

const names = Object.values(schema).flatMap((table) => (is(table, SQLiteTable) ? [getTableName(table)] : []));

test('every table has an age, or a reason', () => {
  expect(Object.keys(TABLES).toSorted()).toEqual(names.toSorted());
});

test('every age is of a table', () => {
  const used = new Set(Object.values(TABLES).flat());
  expect((Object.keys(AGES) as AgeName[]).filter((name) => !used.has(name))).toEqual([]);
});

test('every age and its setting stand in the document', async () => {
  const text = await readFile(new URL('../../docs/storage.md', import.meta.url), 'utf8');
  for (const [name, [days, least]] of Object.entries(AGES)) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${settingOfAge(name as AgeName)}\``));
    expect(row, name).toBeDefined();
    expect(row, name).toContain(`| ${days} |`);
    expect(row, name).toContain(`| ${least} |`);
  }
});

test('no age is below its least, and what explains reaches 90 days', () => {
  for (const [days, least] of Object.values(AGES)) {
    expect(days).toBeGreaterThanOrEqual(least);
    expect(days).toBeLessThanOrEqual(MOST_DAYS_KEPT);
  }
  for (const name of [
    'sessions',
    'audit',
    'own_grants',
    'downloads',
    'activations',
    'polar_event_rows',
    'news',
  ] as const)
    expect(AGES[name][1]).toBeGreaterThanOrEqual(90);
});
