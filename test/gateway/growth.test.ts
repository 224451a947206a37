import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atlas, driveEverything, quay, statements, stopDriving } from './driving.ts';
import { copyRows, deleteCopies } from './copies.ts';

/*
 * No statement reads or writes more because an app has sold more. All that the gateway has asked D1 is asked once more in
 * a small database, and again with the same values after everything in it was copied. The plans cannot say it: a maximum
 * in a subquery of FROM is a SEARCH there, and reads all events of the app.
 */

/** Copies of all rows: as many that what is bounded has reached its bound, and four times as many. */
const SMALL = 40;
const LARGE = 160;
/** Of one statement the values of so many calls are tried again, spread over all calls. */
const CALLS = 8;
/** A row more here and there, such as the one behind the end of a range. */
const SLACK = 12;

interface Bounded {
  query: RegExp;
  /** Rows read, however large the database is. Undefined: what is asked for has that many. */
  atMost?: number;
  reason: string;
}

/** What reads more here when there is more, and why that ends. */
const BOUNDED: readonly Bounded[] = [
  {
    query: /past_due_grace as materialized/,
    reason: 'an explanation reads all that the app sells, as a question does whose answer is no',
  },
  {
    query: /select count\(\*\) from \(\s*select 1 from "events" where app_id = \? and key >= \?/,
    atMost: 402,
    reason: 'events of a type are counted to 400',
  },
  {
    query:
      /from "events" (as f cross join "deliveries" as d[^]*)?where \(?("events"."app_id"|f.app_id) = \? and ("events"."key"|f.key) >= \?/,
    reason: 'only asked for a type of which there are fewer than 400 events',
  },
  {
    query: /insert into events[^]*unlessTold/,
    atMost: 100,
    reason: 'the events of one grant; the key of a copy here begins like the one that it was copied from',
  },
  {
    query: /select count\(\*\) as used, min\(replayed_at\)/,
    reason: 'an app may replay 10,000 deliveries an hour',
  },
  {
    query: /as d[^]* d\.status = [^]*\(d\.replayed_at is null or d\.replayed_at <= \?\)/,
    reason:
      'what matches a replay is counted to 100,000; a call takes a thousand, behind those that were replayed within the hour',
  },
  {
    query: /"polar_events"[^]*"received_at"[^]*limit \? offset \?|"looked" inner join "polar_events"/,
    atMost: 4_500,
    reason: 'the operator’s list looks at 1,000 Polar events a page for a mode, a type or what was applied',
  },
  {
    query: /"subscriptions"[^]*(as l cross join "subscriptions" as s\s+on|limit 1 offset \?)/,
    atMost: 4_000,
    reason:
      'a list of subscriptions looks at 500 of them a page for a product, what is canceled, or what renews',
  },
  {
    query:
      /from "payments" where \("payments"\."id" in \(select id from [^]*\) and |^select at, id from \(select (?:id, at|at, id) from [^]*from "payments"/,
    atMost: 3_000,
    reason: 'a page of payments looks at 500 when no index has all that is asked for',
  },
  {
    query: /as isWanted,[^]* from (known_customers as k|customer_external_ids as c)\s/,
    atMost: 4_000,
    reason: 'a page of customers looks at 500 of each part when no index has all that is asked for',
  },
  {
    query: /from \(select \* from known_customers where app_id = \?1 and customer_id > \?2 order by/,
    atMost: 25_000,
    reason:
      'a step of an export of customers looks at 5,000 of them, and shows what at most 1,000 have bought',
  },
  {
    query: /"grants"[^]*(as l cross join "grants" as g on|limit 1 offset \?)/,
    atMost: 6_000,
    reason: 'a page of grants looks at 500 of each type and state when no index has all that is asked for',
  },
  {
    query: /from "own_grants" where[^]*order by "own_grants"."created_at" desc/,
    atMost: 1_100,
    reason:
      'a page of what an app gave itself looks at 500 of them when a state is asked for, which no index has',
  },
  {
    query: /^\s*select json_object\(\s*'noted'/,
    atMost: 1_100,
    reason: 'why a grant went: 200 causes of its purchase, the refunds of one order, the disputes of 50',
  },
  {
    query: /update codes set used_at = \?1 where used_at is null and hash in/,
    reason: 'codes of the last two minutes, of which only so many are let through',
  },
  {
    query: /from "apps" as a[^]*p.status = 'pending'/,
    atMost: 1_000,
    reason: 'a step of a comparison takes some hundred pending payments, and looks at as many of each app',
  },
  {
    query: /from audit_log where rowid > \?1 and/,
    reason: 'lines of the moment in which a campaign or a discount is written; copies are younger',
  },
  {
    query: /from "audit_log" where app_id is null and at > \? and action = \?/,
    reason: 'the operator’s lines of an hour',
  },
  {
    query: /from "audit_log"[^]*(limit \?|"audit_log"\."id" in)/,
    atMost: 7_500,
    reason: 'a page of the audit log looks at 1,000 lines when no index has all that is asked for',
  },
  {
    query: /select at, sealed, id, appId, route from|select max\(at\) as last from \(select/,
    atMost: 3_000,
    reason: 'what is encrypted again is found in pieces of a thousand rows',
  },
  {
    query: /select count\(\*\) as rows from \(select [a-z]+ from "\w+" where [a-z]+ > \?/,
    atMost: 10_000,
    reason: 'what is left to be encrypted again is counted to 10,000',
  },
  {
    query: /min\(createdAt\) as oldestAt[^]*from refund_requests/,
    atMost: 2_000,
    reason: 'the doctor counts refunds that Polar has not answered for long to a thousand',
  },
  {
    query: /from "snapshots"\s+where mode = \?\s+and kind = 'dispute'\s+and status in/,
    atMost: 2_000,
    reason: 'a step of a comparison takes some hundred open disputes',
  },
  {
    query: /"snapshots"\s+where app_id = \? and kind = 'dispute' and case/,
    atMost: 3_000,
    reason: 'a page of disputes looks at 500 of them when no index has all that is asked for',
  },
  {
    query: /t\.id in \(\s*select id from "(orders|subscriptions)" where mode = \? and is_dismissed/,
    atMost: 3_000,
    reason: 'orders, refunds and grants of a purchase without an app are counted to 100',
  },
  {
    query: /from "polar_events" where status = \? and status <> 'applied' and mode = \?/,
    reason: 'what the operator has applied again: counted to 100,000, a thousand a call',
  },
];

interface Cost {
  read: number;
  written: number;
}

/** By statement and number of the call. */
type Costs = Map<string, (Cost | undefined)[]>;

const isRead = (text: string) =>
  /^\s*(select|with)\b/i.test(text) && !/\b(update|delete|insert)\b/i.test(text);

function callsOf(text: string): unknown[][] {
  const all = statements.get(text) ?? [];
  const distinct = [...new Map(all.map((values) => [JSON.stringify(values), values])).values()];
  if (distinct.length === 0) return [[]];
  const step = Math.max(1, distinct.length / CALLS);
  return distinct.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step)).slice(-CALLS);
}

/** Notes in `costs` what each call costs now. Undefined: it cannot be made again, as an insert of what is there. */
async function measure(texts: readonly string[], costs: Costs): Promise<void> {
  for (const text of texts) {
    const of: (Cost | undefined)[] = [];
    for (const values of callsOf(text)) {
      try {
        const { meta } = await env.DB.prepare(text)
          .bind(...values)
          .run();
        of.push({ read: meta.rows_read, written: meta.rows_written });
      } catch {
        of.push(undefined);
      }
    }
    costs.set(text, of);
  }
}

interface Growth {
  text: string;
  small: Cost;
  large: Cost;
}

function findGrowth(before: Costs, after: Costs): Growth[] {
  return [...before].flatMap(([text, calls]) => {
    const grown = calls.flatMap((small, i) => {
      const large = after.get(text)?.[i];
      if (!small || !large) return [];
      const isMore = large.read > small.read + SLACK || large.written > small.written + SLACK;
      return isMore ? [{ text, small, large }] : [];
    });
    return grown.toSorted((a, b) => b.large.read - a.large.read).slice(0, 1);
  });
}

/** As every event was written once: the maximum is asked for in FROM, and SQLite walks all events of the app. */
const PLANTED = `select next.sequence || next.sequence || ?2 from (
  select coalesce(max(sequence), 0) + 1 as sequence from events where app_id = ?1) as next where true`;

const small: Costs = new Map();
const large: Costs = new Map();

beforeAll(async () => {
  await driveEverything();
  statements.set(PLANTED, [[quay.id, 'told']]);
  const texts = [...statements.keys()];
  const [reads, writes] = [texts.filter(isRead), texts.filter((text) => !isRead(text))];
  const apps = { app: quay.id, other: atlas.id };
  await copyRows({ from: 1, to: SMALL }, apps);
  await measure(reads, small);
  await copyRows({ from: SMALL + 1, to: LARGE }, apps);
  await measure(reads, large);
  // The first time each finds what it writes; then all of them find the same at both sizes.
  await measure(writes, new Map());
  await measure(writes, large);
  await deleteCopies(SMALL + 1);
  await measure(writes, small);
}, 600_000);
afterAll(stopDriving);

describe('a database with four times as much in it', () => {
  it('is seen when a statement walks it', () => {
    const [planted] = findGrowth(small, large).filter(({ text }) => text === PLANTED);
    expect(planted?.large.read).toBeGreaterThan(3 * (planted?.small.read ?? Infinity));
  });

  it('makes no statement read or write more', () => {
    const isBounded = ({ text, large: { read } }: Growth) =>
      BOUNDED.some(({ query, atMost = Infinity }) => query.test(text) && read <= atMost);
    const faults = findGrowth(small, large).filter((growth) => growth.text !== PLANTED && !isBounded(growth));
    expect(
      faults.map(({ text, ...cost }) => `${JSON.stringify(cost)} ${text.replaceAll(/\s+/g, ' ')}`),
    ).toEqual([]);
  });

  it('was asked nearly everything again', () => {
    const answered = [...large.values()].filter((calls) => calls.some((cost) => cost !== undefined));
    expect(answered.length).toBeGreaterThan(0.9 * large.size);
    // A read that fails on purpose undoes its batch.
    const failed = [...large.keys()].filter(
      (text) => isRead(text) && large.get(text)?.every((cost) => !cost),
    );
    expect(failed.filter((text) => !text.includes("'unmet'"))).toEqual([]);
  });
});
