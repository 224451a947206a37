import type { SequenceRange } from './api.ts';
import { type Client, type ClientOptions, createClient, isPassing, wait as waitFor } from './client.ts';
import { isRecord } from './claims.ts';
import { FloeError } from './problem.ts';
import type { EventType, FloeEvent } from './webhook.ts';

/** A type, a group of them such as `payment.*`, or `*` for all. */
export type EventFilter = EventType | `${string}.*` | '*';

/** Where to begin, what to read, and who is told what happens meanwhile. */
export interface FeedOptions {
  /**
   * Begins with the event after this number; default 0, the first one. `latest`: with what is told from now on. With a `cursor`:
   * where to begin while there is none.
   */
  after?: number | 'latest';
  /** Keeps the place at the gateway under this name, and begins there. */
  cursor?: string;
  /** Of these types only. */
  types?: readonly EventFilter[];
  /** Ends the reading. */
  signal?: AbortSignal;
  /** How long a request waits for an event, seconds: 0 to 30, default 25. With 0 the reading ends when there is no more. */
  wait?: number;
  /** A request failed and is made again after so many milliseconds. */
  onRetry?: (error: FloeError, waitMs: number) => void;
  /**
   * Events that are deleted: nobody paid what they were about. With `skipGone` also those that were deleted because of their age.
   */
  onDeleted?: (ranges: readonly SequenceRange[]) => void;
  /** Reads on behind events that were deleted because of their age. Without it the reading fails with `events_gone`. */
  skipGone?: boolean;
}

export interface ReadEventsOptions
  extends FeedOptions, Pick<ClientOptions, 'gateway' | 'key' | 'fetch' | 'parse'> {}

/** An app's events, in order. */
export interface EventReader extends AsyncGenerator<FloeEvent, void, undefined> {
  /** Up to this number everything is done: given and asked for the next, of another type, or deleted. */
  readonly after: number;
}

const WAIT_SECONDS = 25;
/** A request that waits is answered this much later at most. */
const PATIENCE_MS = 15_000;
const PAGE = 100;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/**
 * An app's events in order of their numbers, each once, none left out. It waits for the next one, and goes on after failures that
 * pass: a connection that is cut, half an answer, a gateway that is away or asks for patience. It ends when `signal` aborts.
 *
 * An event is done when the next one is asked for. With a `cursor` the place is kept after each page, so a process that dies is
 * given its last page again. When another process has moved the cursor, the reading goes on from there.
 * @throws {FloeError} for what does not pass: a key that is refused, `events_gone`, `cursor_moved` when the cursor was deleted
 * @throws {TypeError} when the gateway or the key is not set
 * @example
 * for await (const event of readEvents({ gateway: 'https://floe.example.com', key: env.FLOE_SECRET_KEY, cursor: 'orders' }))
 *   if (event.type === 'payment.succeeded') await deliver(event.data.payment);
 */
export function readEvents(options: ReadEventsOptions): EventReader {
  const { gateway, key, fetch, parse, ...rest } = options;
  const client = createClient({
    gateway,
    key,
    ...(fetch && { fetch }),
    ...(parse && { parse }),
    retries: 0,
    timeoutMs: (options.wait ?? WAIT_SECONDS) * 1000 + PATIENCE_MS,
  });
  return readEventsBy(client, rest, (ms) => waitFor(ms, options.signal));
}

/** As `readEvents`, with a client that waits long enough for its answers. `sleep` ends early when the signal aborts, or throws. */
export function readEventsBy(
  client: Client,
  options: FeedOptions,
  sleep: (ms: number) => Promise<void>,
): EventReader {
  const reading = new Reading(client, options, sleep);
  const events = reading.events();
  return Object.defineProperty(events, 'after', { get: () => reading.after }) as EventReader;
}

class Reading {
  after = 0;
  /** Where the cursor is at the gateway; null: there is none; undefined: it is not known yet, or none is used. */
  #kept: number | null | undefined;
  readonly #client: Client;
  readonly #options: FeedOptions;
  readonly #sleep: (ms: number) => Promise<void>;

  constructor(client: Client, options: FeedOptions, sleep: (ms: number) => Promise<void>) {
    this.#client = client;
    this.#options = options;
    this.#sleep = sleep;
  }

  async *events(): AsyncGenerator<FloeEvent, void, undefined> {
    const { signal, wait = WAIT_SECONDS } = this.#options;
    try {
      await this.#begin();
      for (;;) {
        const page = await this.#read();
        if (page.deleted.length > 0) this.#options.onDeleted?.(page.deleted);
        for (const { sequence, body } of page.items) {
          yield body;
          this.after = sequence;
          signal?.throwIfAborted();
        }
        this.after = page.nextAfter;
        await this.#keep();
        if (wait === 0 && !page.hasMore) return;
      }
    } catch (error) {
      if (!signal?.aborted) throw error;
    } finally {
      // Whoever leaves the loop has not asked for the next event, so the last one is not done.
      if (this.#isBehind()) await this.#move(AbortSignal.timeout(PATIENCE_MS)).catch(() => undefined);
    }
  }

  /** Sets where to begin. */
  async #begin(): Promise<void> {
    const { cursor: name, after = 0 } = this.#options;
    const kept = name === undefined ? undefined : await this.#findCursor(name);
    this.after = kept ?? (after === 'latest' ? await this.#findLatest() : after);
    this.#kept = kept;
  }

  async #findLatest(): Promise<number> {
    const { data } = await this.#persist((signal) =>
      this.#client('GET /v1/events', { query: { limit: 1 }, ...signal }),
    );
    return data[0]?.sequence ?? 0;
  }

  /** Where the cursor is; null: there is none. */
  async #findCursor(name: string): Promise<number | null> {
    try {
      const { sequence } = await this.#persist((signal) =>
        this.#client('GET /v1/cursors/{name}', { params: { name }, ...signal }),
      );
      return sequence;
    } catch (error) {
      if (error instanceof FloeError && error.code === 'not_found') return null;
      throw error;
    }
  }

  async #read(): Promise<Page> {
    const { types, wait = WAIT_SECONDS, skipGone = false } = this.#options;
    const { after } = this;
    try {
      return await this.#persist(async (signal) => {
        const query = { after, wait, limit: PAGE, ...(types && { types: types.join(',') }) };
        return readPage(await this.#client('GET /v1/events', { query, ...signal }), after);
      });
    } catch (error) {
      const oldest =
        error instanceof FloeError && error.code === 'events_gone' && error.members['oldest_sequence'];
      if (!skipGone || typeof oldest !== 'number' || oldest <= after + 1) throw error;
      const deleted = [{ from: after + 1, to: oldest - 1 }];
      return { items: [], deleted, nextAfter: oldest - 1, hasMore: true };
    }
  }

  #isBehind(): boolean {
    return this.#kept !== undefined && this.after > (this.#kept ?? -1);
  }

  /** Moves the cursor to where the reading is, or the reading to where another process has moved the cursor. */
  async #keep(): Promise<void> {
    if (!this.#isBehind()) return;
    try {
      await this.#persist(({ signal }) => this.#move(signal));
    } catch (error) {
      const moved = error instanceof FloeError && error.code === 'cursor_moved' && error.members['sequence'];
      // Somebody has deleted it. They are to say where to begin.
      if (typeof moved !== 'number') throw error;
      this.#kept = moved;
      this.after = moved;
    }
  }

  async #move(signal: AbortSignal | undefined): Promise<void> {
    const { cursor: name = '' } = this.#options;
    const body = { sequence: this.after, expected: this.#kept ?? null };
    await this.#client('PUT /v1/cursors/{name}', { params: { name }, body, ...(signal && { signal }) });
    this.#kept = body.sequence;
  }

  /** Makes a call until it succeeds, or fails for good. */
  async #persist<T>(call: (options: { signal?: AbortSignal }) => Promise<T>): Promise<T> {
    const { signal, onRetry } = this.#options;
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted();
      try {
        return await call(signal ? { signal } : {});
      } catch (error) {
        if (!(error instanceof FloeError) || !isPassing(error)) throw error;
        const backoffMs =
          Math.min(FIRST_RETRY_MS * 2 ** attempt, LONGEST_RETRY_MS) * (0.5 + Math.random() / 2);
        const waitMs = Math.max((error.retryAfter ?? 0) * 1000, backoffMs);
        onRetry?.(error, waitMs);
        await this.#sleep(waitMs);
      }
    }
  }
}

interface Page {
  items: { sequence: number; body: FloeEvent }[];
  deleted: readonly SequenceRange[];
  nextAfter: number;
  hasMore: boolean;
}

/** @throws {FloeError} `unreachable` for what is no page after that number, such as an answer of somebody in between */
function readPage(answer: unknown, after: number): Page {
  const { data, next_after: nextAfter, has_more: hasMore, deleted } = isRecord(answer) ? answer : {};
  if (!Array.isArray(data) || typeof nextAfter !== 'number' || nextAfter < after || !Array.isArray(deleted))
    throw noPage();
  let last = after;
  for (const item of data as unknown[]) {
    if (!isRecord(item) || typeof item['sequence'] !== 'number' || !isRecord(item['body'])) throw noPage();
    if (item['sequence'] <= last || item['sequence'] > nextAfter) throw noPage();
    last = item['sequence'];
  }
  return {
    items: data as Page['items'],
    deleted: deleted as SequenceRange[],
    nextAfter,
    hasMore: hasMore === true,
  };
}

function noPage(): FloeError {
  return new FloeError({ status: 0, code: 'unreachable', message: 'The answer is no page of events.' });
}
