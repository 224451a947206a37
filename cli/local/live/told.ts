import * as z from 'zod';
import { childOf, type Chains, emailIn, type Named, textIn } from './chains.ts';
import type { NewHappening } from './happenings.ts';
import type { Masker } from './mask.rules.ts';

/*
 * Events and deliveries, from the gateway's own record in D1: what it has told, and what receivers have answered. It is read a
 * moment after something was asked of the gateway, and every few seconds beside that.
 */

/** As much of D1 as is used. */
export interface Database {
  prepare(sql: string): { bind(...values: unknown[]): { all(): Promise<{ results: unknown[] }> } };
}

const event = z.object({
  row: z.number(),
  id: z.string(),
  app: z.string(),
  type: z.string(),
  body: z.string(),
  created_at: z.number(),
});
const attempt = z.object({
  row: z.number(),
  attempt: z.number(),
  at: z.number(),
  status: z.nullable(z.number()),
  error: z.nullable(z.string()),
  latency_ms: z.number(),
  response: z.nullable(z.string()),
  event_id: z.string(),
  app: z.string(),
  type: z.string(),
  url: z.string(),
  body: z.string(),
});
const top = z.object({ top: z.number() });

const MOST = 100;
const TOP_EVENT = 'select coalesce(max(rowid), 0) as top from events';
const TOP_ATTEMPT = 'select coalesce(max(rowid), 0) as top from delivery_attempts';
const EVENTS = `
  select e.rowid as "row", e.id, a.slug as app, e.type, e.body, e.created_at
  from events as e join apps as a on a.id = e.app_id where e.rowid > ?1 order by e.rowid limit ${MOST}`;
const ATTEMPTS = `
  select t.rowid as "row", t.attempt, t.at, t.status, t.error, t.latency_ms, t.response,
    e.id as event_id, a.slug as app, e.type, e.body, p.url
  from delivery_attempts as t
  join deliveries as d on d.id = t.delivery_id
  join events as e on e.id = d.event_id
  join apps as a on a.id = e.app_id
  join endpoints as p on p.id = d.endpoint_id
  where t.rowid > ?1 order by t.rowid limit ${MOST}`;

/** How soon after something happened it is looked again, milliseconds. Receivers take their time. */
const SOON_MS = 30;
const LOOKS_MS = [SOON_MS, 100, 250, 600, 1_500];
const IDLE_MS = 3_000;

export interface Told {
  /** Something was asked of the gateway: there may be news soon. */
  stir(): void;
  close(): Promise<void>;
}

/** An event that was told, for whoever acts on it. */
export interface ToldEvent {
  app: string;
  type: string;
  chain: string | null;
  payment: Named;
}

interface Options {
  database: Database;
  chains: Chains;
  masker: Masker;
  add: (happening: NewHappening) => void;
  onEvent: (event: ToldEvent) => void;
}

/** Begins with what is told from now on. */
export async function watchTold(options: Options): Promise<Told> {
  const { database } = options;
  const ask = async <Row>(row: z.ZodType<Row>, sql: string, ...values: number[]): Promise<Row[]> =>
    z.array(row).parse(
      (
        await database
          .prepare(sql)
          .bind(...values)
          .all()
      ).results,
    );
  const lastOf = async (sql: string) => (await ask(top, sql))[0]?.top ?? 0;
  let lastEvent = await lastOf(TOP_EVENT);
  let lastAttempt = await lastOf(TOP_ATTEMPT);

  const look = async () => {
    const events = await ask(event, EVENTS, lastEvent);
    for (const row of events) {
      lastEvent = row.row;
      tell(options, row);
    }
    const attempts = await ask(attempt, ATTEMPTS, lastAttempt);
    for (const row of attempts) {
      lastAttempt = row.row;
      options.add(delivery(options, row));
    }
    if (Math.max(events.length, attempts.length) === MOST) return look();
    // SQLite gives the number of a deleted row to the next one, when it was the highest.
    if (events.length === 0) lastEvent = Math.min(lastEvent, await lastOf(TOP_EVENT));
    if (attempts.length === 0) lastAttempt = Math.min(lastAttempt, await lastOf(TOP_ATTEMPT));
  };

  let timer: ReturnType<typeof setTimeout> | undefined;
  let looking: Promise<void> | undefined;
  let looks = 0;
  let dueAt = 0;
  let isClosed = false;
  const arm = () => {
    if (isClosed) return;
    const wait = LOOKS_MS[looks] ?? IDLE_MS;
    dueAt = Date.now() + wait;
    timer = setTimeout(() => {
      looks += 1;
      // The gateway may be stopping, or busy: the next look finds it.
      looking = look()
        .catch(() => undefined)
        .finally(() => {
          looking = undefined;
          arm();
        });
    }, wait);
  };
  arm();
  return {
    stir() {
      looks = 0;
      if (looking || isClosed || dueAt - Date.now() <= SOON_MS) return;
      clearTimeout(timer);
      arm();
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

function tell(
  { chains, masker, add, onEvent }: Options,
  { app, type, body, created_at }: z.infer<typeof event>,
) {
  const { message, payment, chain } = readBody(chains, type, body);
  add({
    at: created_at,
    kind: 'event',
    what: type,
    whom: emailOf(chains, chain, message) ?? app,
    result: `told to ${app}`,
    ok: true,
    duration_ms: null,
    payload: masker.value(message),
    chain,
  });
  if (chain !== null) chains.noteApp(chain, app);
  onEvent({ app, type, chain, payment });
}

function delivery({ chains, masker }: Options, row: z.infer<typeof attempt>): NewHappening {
  const { message, chain } = readBody(chains, row.type, row.body);
  const { host, hostname, port, pathname } = new URL(row.url);
  const ok = row.status !== null && row.status >= 200 && row.status < 300;
  return {
    at: row.at,
    kind: 'delivery',
    what: row.type,
    whom: (hostname === '127.0.0.1' ? `:${port}` : host) + pathname,
    result:
      (row.status === null ? (row.error ?? 'failed') : String(row.status)) +
      (row.attempt > 1 ? `, attempt ${row.attempt}` : ''),
    ok,
    duration_ms: row.latency_ms,
    payload: {
      webhook_id: row.event_id,
      to: masker.text(row.url),
      attempt: row.attempt,
      sent: masker.value(message),
      answered: {
        status: row.status,
        error: row.error,
        body: row.response === null ? null : masker.text(row.response),
      },
    },
    chain,
  };
}

function readBody(chains: Chains, type: string, body: string) {
  const message: Named = { ...Object(JSON.parse(body)) };
  const data = childOf(message, 'data');
  const payment = childOf(data, 'payment');
  const polar = childOf(childOf(data, 'polar'), 'data');
  const ofPayment = textIn(payment, 'id') === undefined ? null : chains.ofObject('payment', payment);
  const chain = ofPayment ?? chains.ofObject(textIn(childOf(data, 'polar'), 'type') ?? type, polar);
  return { message, payment, chain };
}

function emailOf(chains: Chains, chain: string | null, message: Named): string | undefined {
  const data = childOf(message, 'data');
  return (
    emailIn(childOf(data, 'payment')) ??
    emailIn(childOf(childOf(data, 'polar'), 'data')) ??
    (chain === null ? undefined : chains.find(chain)?.email)
  );
}
