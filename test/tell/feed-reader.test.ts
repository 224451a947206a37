import { env, exports } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../packages/kit/client.ts';
import { type EventReader, type FeedOptions, readEventsBy } from '../../packages/kit/feed.ts';
import { createWorld, GATEWAY_URL, type TestApp, unique, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';
import { readFeed, tellMany } from './feed-calls.ts';

/* The kit's reader at the gateway's front door, while connections are cut, consumers die, and others write and delete. */

const IS_CI = env.TEST_IS_CI === '1';
const EVENTS = IS_CI ? 10_000 : 1_000;
const CUTS = 50;
const DEATHS = 10;
const RUNS = Math.min(Number(env.TEST_RUNS), 100);

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
const freshApp = () => world.createApp({ product: unique('app'), webhook: false });

/** `before`: the gateway hears nothing of it. `after`: it does, and the answer is lost. `half`: the end of the answer is lost. */
type Cut = 'none' | 'before' | 'after' | 'half';

interface Line {
  /** What becomes of the next connection. */
  next: () => Cut;
  /** Is told of each call that the gateway answered, whether the answer arrives or not. */
  onAnswer?: (call: { method: string; body: unknown; status: number }) => void;
}

function read(app: TestApp, line: Line, options: FeedOptions): EventReader {
  const client = createClient({
    gateway: GATEWAY_URL,
    key: app.secretKey,
    retries: 0,
    fetch: async (url, init) => {
      const cut = line.next();
      if (cut === 'before') throw new TypeError('cut');
      const response = await exports.default.fetch(new Request(url, { ...init, signal: null }));
      const text = await response.text();
      const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
      line.onAnswer?.({ method: init.method ?? '', body, status: response.status });
      if (cut === 'after') throw new TypeError('cut');
      return new Response(cut === 'half' ? text.slice(0, Math.floor(text.length / 2)) : text, response);
    },
  });
  return readEventsBy(client, options, () => Promise.resolve());
}

/** Cuts seven of eight connections, until it has cut `cuts`, each in one of the three ways. */
function cutting(cuts: number): Line & { done: number } {
  let made = 0;
  const ways: Cut[] = ['before', 'half', 'after'];
  const line = {
    done: 0,
    next(): Cut {
      made += 1;
      if (made % 8 === 0 || line.done === cuts) return 'none';
      return ways[line.done++ % ways.length] ?? 'none';
    },
  };
  return line;
}

const types = (count: number) =>
  Array.from({ length: count }, (_, at) => (at % 3 === 0 ? 'grant.created' : 'payment.succeeded'));

/** What happens really, and then as many events as there are to be, by the gateway's own statement. */
async function tellAll(app: TestApp): Promise<void> {
  const product = await world.createProduct({ name: `${app.slug.replace('-sandbox', '')}:lifetime` });
  await world.settle();
  await startPayment(app, product.id);
  const { body } = await readFeed(app, 'after=0');
  for (let left = EVENTS - body.last_sequence; left > 0; left -= 250)
    await tellMany(app, types(Math.min(left, 250)));
}

/** A consumer that dies after so many events: nothing of it runs any more. */
async function liveFor(reader: EventReader, events: number, act: (sequence: number) => void): Promise<void> {
  for (let done = 0; done < events; done++) {
    const { done: isOver, value } = await reader.next();
    if (isOver) return;
    act(value.data.sequence);
  }
}

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describe(`${EVENTS} events, while the connection is cut ${CUTS} times and the consumer killed ${DEATHS} times`, () => {
  it(
    'come each once and in order to one who keeps the number with what it does',
    { timeout: 120_000 },
    async () => {
      const app = await freshApp();
      const telling = tellAll(app);
      const line = cutting(CUTS);
      // What is done and its number are written at once.
      const ledger: number[] = [];
      const live = (events: number) =>
        liveFor(read(app, line, { after: ledger.at(-1) ?? 0, wait: 5 }), events, (sequence) =>
          ledger.push(sequence),
        );
      for (let death = 0; death < DEATHS; death++) await live(Math.floor(EVENTS / (DEATHS + 1)) - death);
      await live(EVENTS - ledger.length);
      await telling;
      expect(ledger).toEqual(upTo(EVENTS));
      expect(line.done).toBe(CUTS);
    },
  );

  it('come all to one who keeps a cursor, again only what was not kept', { timeout: 120_000 }, async () => {
    const app = await freshApp();
    await tellAll(app);
    const line = cutting(CUTS);
    const seen: number[] = [];
    const live = (events: number) => {
      let last = 0;
      return liveFor(read(app, line, { cursor: 'ledger', wait: 0 }), events, (sequence) => {
        expect(sequence).toBeGreaterThan(last);
        last = sequence;
        seen.push(sequence);
      });
    };
    for (let death = 0; death < DEATHS; death++) await live(Math.floor(EVENTS / (DEATHS + 1)) + 7 * death);
    await live(Infinity);
    expect([...new Set(seen)].toSorted((a, b) => a - b)).toEqual(upTo(EVENTS));
    expect(line.done).toBe(CUTS);
    // A death costs a page at most.
    expect(seen.length - EVENTS).toBeLessThanOrEqual(DEATHS * 100);
  });

  it('come to two with one cursor, who never pass each other', { timeout: 120_000 }, async () => {
    const app = await freshApp();
    await tellAll(app);
    const moves: { from: number | null; to: number; by: Set<number> }[] = [];
    const consume = async () => {
      const seen = new Set<number>();
      const cuts = cutting(CUTS / 2);
      const onAnswer: Line['onAnswer'] = ({ method, body, status }) => {
        if (method !== 'PUT' || status !== 200) return;
        const { sequence, expected } = body as { sequence: number; expected: number | null };
        moves.push({ from: expected, to: sequence, by: new Set(seen) });
      };
      for (let life = 0; life <= DEATHS / 2; life++) {
        const isLast = life === DEATHS / 2;
        const reader = read(app, { next: cuts.next, onAnswer }, { cursor: 'shared', wait: 0 });
        await liveFor(reader, isLast ? Infinity : EVENTS / DEATHS + 30 * life, (sequence) =>
          seen.add(sequence),
        );
      }
    };
    await Promise.all([consume(), consume()]);
    // Each move begins where the one before ended, and who made it has done all in between.
    let place = 0;
    for (const { from, to, by } of moves) {
      expect(from ?? 0).toBe(place);
      for (let sequence = place + 1; sequence <= to; sequence++) expect(by.has(sequence)).toBe(true);
      place = to;
    }
    expect(place).toBe(EVENTS);
  });
});

/** What a step of a generated story does; steps of one round go on at once. */
type Step =
  | { kind: 'tell'; app: 0 | 1; count: number }
  | { kind: 'delete'; app: 0 | 1; share: number }
  | { kind: 'read'; reader: 0 | 1 | 2; pages: number; cuts: Cut[] }
  | { kind: 'die'; reader: 0 | 1 | 2 };

const cut = fc.constantFrom<Cut>('none', 'none', 'before', 'after', 'half');
const anApp = fc.constantFrom(0 as const, 1 as const);
const aReader = fc.constantFrom(0 as const, 1 as const, 2 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('tell' as const), app: anApp, count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    kind: fc.constant('delete' as const),
    app: anApp,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant('read' as const),
    reader: aReader,
    pages: fc.integer({ min: 1, max: 3 }),
    cuts: fc.array(cut, { maxLength: 6 }),
  }),
  fc.record({ kind: fc.constant('die' as const), reader: aReader }),
);

/** A consumer of the story: what it has seen and was told to be deleted, and its number. */
interface Consumer {
  app: number;
  filter: 'payment.*' | undefined;
  seen: number[];
  deleted: number[];
  after: number;
}

/** A reader leaves at the first event of its second page. */
const LEFT: Step[][] = [
  [{ kind: 'tell', app: 0, count: 40 }],
  [{ kind: 'tell', app: 0, count: 40 }],
  [{ kind: 'tell', app: 0, count: 21 }],
  [{ kind: 'read', reader: 0, pages: 1, cuts: [] }],
];

describe('whatever is written, deleted, read and cut at once', () => {
  it('each event is seen once, in order, or said to be deleted', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), play),
      { numRuns: RUNS, examples: [[LEFT]] },
    );
  });
});

async function play(rounds: Step[][]): Promise<void> {
  const apps = [await freshApp(), await freshApp()];
  const consumers: Consumer[] = [
    { app: 0, filter: undefined, seen: [], deleted: [], after: 0 },
    { app: 0, filter: 'payment.*', seen: [], deleted: [], after: 0 },
    { app: 1, filter: undefined, seen: [], deleted: [], after: 0 },
  ];
  const appOf = (index: number) => apps[index] ?? expect.fail('no such app');
  const doStep = async (each: Step) => {
    // Of a payment that is not there any more as soon as its event is emptied.
    if (each.kind === 'tell')
      return tellMany(appOf(each.app), types(each.count), { paymentId: unique('pay') });
    if (each.kind === 'delete') return deleteSome(appOf(each.app), each.share);
    const consumer = consumers[each.reader];
    if (each.kind === 'read' && consumer) return readPages(appOf(consumer.app), consumer, each);
    return undefined;
  };
  for (const round of rounds) {
    // One consumer reads once at a time.
    const readers = new Set<number>();
    await Promise.all(
      round
        .filter((each) => each.kind !== 'read' || (!readers.has(each.reader) && readers.add(each.reader)))
        .map(doStep),
    );
  }
  for (const consumer of consumers) {
    const app = appOf(consumer.app);
    await readPages(app, consumer, { pages: Infinity, cuts: [] });
    const { results } = await env.DB.prepare(
      "select sequence, type from events where app_id = ? and body <> '{}' order by sequence",
    )
      .bind(app.id)
      .all<{ sequence: number; type: string }>();
    const { seen, deleted, filter } = consumer;
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
    expect(deleted).toEqual([...new Set(deleted)].toSorted((a, b) => a - b));
    const wanted = results
      .filter(({ type }) => !filter || type.startsWith('payment.'))
      .map(({ sequence }) => sequence);
    // What is there now has been seen; and to one who wants all, each number is accounted for.
    expect(wanted.filter((sequence) => !seen.includes(sequence))).toEqual([]);
    if (!filter) expect([...seen, ...deleted].toSorted((a, b) => a - b)).toEqual(upTo(consumer.after));
  }
}

/** Reads some pages as a consumer that may die after each: its number is all that it takes along. */
async function readPages(
  app: TestApp,
  consumer: Consumer,
  { pages, cuts }: { pages: number; cuts: Cut[] },
): Promise<void> {
  const left = [...cuts];
  let asked = 0;
  const { filter } = consumer;
  const reader = read(
    app,
    {
      next: () => left.shift() ?? 'none',
      onAnswer: () => {
        asked += 1;
      },
    },
    {
      after: consumer.after,
      wait: 0,
      ...(filter && { types: [filter] }),
      onDeleted: (ranges) => {
        for (const { from, to } of ranges)
          for (let sequence = from; sequence <= to; sequence++) consumer.deleted.push(sequence);
      },
    },
  );
  const given: number[] = [];
  for await (const { data } of reader) {
    given.push(data.sequence);
    if (asked > pages + cuts.length) break;
  }
  consumer.after = reader.after;
  // Who leaves the loop has not done the last one, and is given it again.
  consumer.seen.push(...given.filter((sequence) => sequence <= reader.after));
}

/** Deletes as the cron does with what nobody paid: never the app's last event, whose body goes. */
async function deleteSome(app: TestApp, share: number): Promise<void> {
  const chosen = 'app_id = ?1 and (sequence * 7919) % 100 < ?2';
  await env.DB.batch([
    env.DB.prepare(
      `delete from events where ${chosen} and sequence < (select max(sequence) from events where app_id = ?1)`,
    ).bind(app.id, share * 50),
    env.DB.prepare(`update events set body = '{}' where ${chosen}`).bind(app.id, share * 50),
  ]);
}
