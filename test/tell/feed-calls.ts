import { env } from 'cloudflare:workers';
import { openDatabase, runBatch } from '../../src/base/db/database.rows.ts';
import { tellStatements } from '../../src/tell/events/events.rows.ts';
import { type Answer, call, type TestApp } from '../harness/harness.ts';

/* What the tests of the feed share. */

interface FeedItem {
  id: string;
  type: string;
  sequence: number;
  body: { type: string; timestamp: string; data: { id: string; app: string; sequence: number } };
}
export interface Feed {
  data: FeedItem[];
  next_cursor: null;
  next_after: number;
  has_more: boolean;
  last_sequence: number;
  deleted: { from: number; to: number }[];
}
export interface FeedRefusal {
  code: string;
  detail: string;
  oldest_sequence?: number;
  sequence?: number | null;
  errors?: { path: string; message: string }[];
}
export interface CursorView {
  name: string;
  sequence: number;
}

export const readFeed = (app: TestApp, query: string): Promise<Answer<Feed & FeedRefusal>> =>
  call('GET', `/v1/events?${query}`, { key: app.secretKey });

export const keep = (
  app: TestApp,
  name: string,
  body: { sequence: number; expected?: number | null },
): Promise<Answer<CursorView & FeedRefusal>> =>
  call('PUT', `/v1/cursors/${name}`, { key: app.secretKey, body });

/** Tells an app events by the gateway’s own statement, all in one batch; `notes` make their bodies larger. */
export async function tellMany(
  app: TestApp,
  types: readonly string[],
  {
    paymentId = null,
    note = '',
    at = Date.now(),
  }: { paymentId?: string | null; note?: string; at?: number } = {},
): Promise<void> {
  const told = types.map((type) => ({
    key: `${type}:${crypto.randomUUID()}`,
    type,
    appId: app.id,
    appSlug: app.slug,
    mode: app.mode,
    paymentId,
    customerId: null,
    occurredAt: at,
    polar: note === '' ? null : { type: 'order.updated', data: { note } },
  }));
  await runBatch(openDatabase(env.DB), tellStatements(told, { origin: 'api', polarEventId: null, now: at }));
}

/** Empties the bodies of an app's events from one number to another, as the cron does with old ones. */
export async function emptyBodies(app: TestApp, from: number, to: number): Promise<void> {
  await env.DB.prepare("update events set body = '{}' where app_id = ? and sequence between ? and ?")
    .bind(app.id, from, to)
    .run();
}
