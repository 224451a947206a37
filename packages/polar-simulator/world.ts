/** What every part of the simulator is given: the rows, the clock, the dice, the job queue and the event log. */

import type { models } from '@polar-sh/sdk/2026-10';
import { Faults } from './faults/faults.ts';
import { type JobData, type JobKind, JobQueue, PRIORITY } from './jobs.ts';
import { type Random, createRandom, uuid } from './random.ts';
import { type EventRow, type Snapshot, type Tables, createTables } from './state.ts';
import { SECOND_MS, isoFromMicros } from './time.ts';
import { renderBody } from './webhooks/formats.ts';

export interface WorldOptions {
  publicUrl: string;
  now: () => number;
  seed: number;
  jobs: 'timers' | 'manual';
  grantDelayMs: number;
  onChange: () => void;
}

/** How long Polar's workers take, ms. With manual jobs all of it is due at once, in the same order. */
export interface Delays {
  customer: number;
  charge: number;
  grant: number;
  stateQuiet: number;
  stateAtMost: number;
  fees: number;
  document: number;
  /** How long usage waits to be counted. */
  meter: number;
}

export class World {
  readonly publicUrl: string;
  readonly tables: Tables = createTables();
  readonly random: Random;
  readonly queue = new JobQueue();
  readonly delays: Delays;
  readonly faults = new Faults();
  /** Tells a timer (server) that something became due. */
  onScheduled: () => void = () => undefined;
  readonly #baseNow: () => number;
  readonly #onChange: () => void;
  readonly #debounced = new Map<string, { serial: number; since: number }>();
  readonly #isServer: boolean;
  #clockOffsetMs = 0;
  #lastMicros = 0;

  constructor(options: WorldOptions) {
    this.publicUrl = options.publicUrl;
    this.random = createRandom(options.seed);
    this.#baseNow = options.now;
    this.#onChange = options.onChange;
    const timers = options.jobs === 'timers';
    this.#isServer = timers;
    this.delays = {
      customer: timers ? 40 : 0,
      charge: timers ? 200 : 0,
      grant: options.grantDelayMs,
      stateQuiet: timers ? SECOND_MS : 0,
      stateAtMost: timers ? 5 * SECOND_MS : 0,
      fees: timers ? 1500 : 0,
      document: timers ? 300 : 0,
      meter: timers ? 15 * SECOND_MS : 0,
    };
  }

  /** The time on the clocks of webhook receivers, ms: real time for a server; in a test they move with the simulated clock. */
  receiverNow(): number {
    return this.#isServer ? this.#baseNow() : this.now();
  }

  /** The simulated time, ms. */
  now(): number {
    return this.#baseNow() + this.#clockOffsetMs;
  }

  /** Moves the clock forward to `at`; never back. */
  moveTo(at: number): void {
    const ahead = at - this.now();
    if (ahead > 0) this.#clockOffsetMs += ahead;
  }

  /** Now, as Polar writes it. It grows with every call, so that of two rows the later one has the later time. */
  stamp(): string {
    this.#lastMicros = Math.max(this.now() * 1000, this.#lastMicros + 1);
    return isoFromMicros(Math.round(this.#lastMicros));
  }

  id(): string {
    return uuid(this.random);
  }

  /** Marks a row as modified now. */
  touch(row: { modified_at: string | null }): void {
    row.modified_at = this.stamp();
    this.#onChange();
  }

  changed(): void {
    this.#onChange();
  }

  schedule<Kind extends JobKind>(
    kind: Kind,
    data: JobData[Kind],
    when: { delayMs?: number; at?: number; priority?: number } = {},
  ): void {
    const at = when.at ?? this.now() + (when.delayMs ?? 0);
    this.queue.push(kind, data, at, when.priority ?? PRIORITY.work);
    this.onScheduled();
  }

  /** Asks for `customer.state_changed` once the customer has been quiet for a second, after five at the latest. */
  stateChanges(customerId: string): void {
    const now = this.now();
    const waiting = this.#debounced.get(customerId);
    if (waiting) this.queue.cancel(waiting.serial);
    const since = waiting?.since ?? now;
    const at = Math.min(now + this.delays.stateQuiet, since + this.delays.stateAtMost);
    const serial = this.queue.push('customer.state', { customer_id: customerId }, at, PRIORITY.debounced);
    this.#debounced.set(customerId, { serial, since });
    this.onScheduled();
  }

  stateChangeRuns(customerId: string): void {
    this.#debounced.delete(customerId);
  }

  /**
   * Writes one event per endpoint that listens, with the object as it is now. A disabled endpoint gets nothing, now or
   * later: Polar keeps no events for it.
   */
  emit(organizationId: string, type: models.WebhookEventType, data: unknown): void {
    this.#onChange();
    const listening = this.tables.endpoints
      .by('organization', organizationId)
      .filter((endpoint) => endpoint.enabled && endpoint.events.includes(type));
    if (listening.length === 0) return;
    const timestamp = this.stamp();
    for (const endpoint of listening) {
      const body = renderBody(endpoint.format, { type, timestamp, data });
      const event: EventRow = {
        id: this.id(),
        created_at: timestamp,
        endpoint_id: endpoint.id,
        organization_id: organizationId,
        type,
        body,
        attempts: 0,
        last_http_code: null,
        succeeded: null,
        skipped: false,
        is_archived: false,
      };
      this.tables.events.insert(event);
      this.schedule('webhook.send', { event_id: event.id, redelivery: false }, this.#whenToSend(event));
    }
  }

  /** Events are sent at once. When faults are turned on, some are delayed and some are overtaken by later ones. */
  #whenToSend(event: EventRow): { delayMs: number; priority: number } {
    const { delayMs, isLate } = this.faults.forEvent(event, this.delays.stateQuiet);
    return { delayMs, priority: isLate ? PRIORITY.late : PRIORITY.send };
  }

  snapshot(): Snapshot {
    return {
      version: 2,
      clockOffsetMs: this.#clockOffsetMs,
      lastMicros: this.#lastMicros,
      randomPosition: this.random.position(),
      jobs: this.queue.all(),
      tables: Object.fromEntries(
        Object.entries(this.tables).map(([name, table]) => [name, [...table.all()]]),
      ),
    };
  }

  restore(snapshot: Snapshot): void {
    this.#clockOffsetMs = snapshot.clockOffsetMs;
    this.#lastMicros = snapshot.lastMicros;
    this.random.restore(snapshot.randomPosition);
    this.queue.restore(structuredClone(snapshot.jobs));
    this.#debounced.clear();
    for (const [name, table] of Object.entries(this.tables)) {
      table.clear();
      for (const row of structuredClone(snapshot.tables[name] ?? [])) insertInto(table, row);
    }
    this.onScheduled();
  }
}

/** Rows of a snapshot are the simulator's own, so they are put back as they are. */
function insertInto(table: { insert(row: never): unknown }, row: unknown): void {
  table.insert(row as never);
}
