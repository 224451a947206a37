/** The trouble that is turned on, what it decided so far, and the counters that make a run repeatable. */

import { diceFor, sample } from './dice.ts';
import { type FaultChange, type FaultSettings, NO_FAULTS, isMeant } from './settings.ts';

/** What happens to one API call besides its answer. */
export interface Trouble {
  waitMs: number;
  instead: 'nothing' | 'rate_limited' | 'server_error' | 'reset_before' | 'reset_after';
}

const NO_COUNTS = {
  calls: 0,
  delayed: 0,
  rate_limited: 0,
  server_errors: 0,
  connection_resets: 0,
  events: 0,
  events_duplicated: 0,
  events_reordered: 0,
  events_dropped: 0,
};

export class Faults {
  /** Whether anything was asked for since the last `clear`. */
  isOn = false;
  #settings: FaultSettings = { ...NO_FAULTS };
  #soFar = { ...NO_COUNTS };
  /** Which event of the run a row is; rows of an earlier run go by their id. */
  readonly #numbers = new WeakMap<object, number>();

  get settings(): Readonly<FaultSettings> {
    return this.#settings;
  }

  /** What calls and events met since the run began. */
  get soFar(): Readonly<typeof NO_COUNTS> {
    return this.#soFar;
  }

  /** A run begins when trouble is first turned on, and again whenever a seed is given. */
  set(change: FaultChange): void {
    if (!this.isOn || change.seed !== undefined) this.#soFar = { ...NO_COUNTS };
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    this.#settings = { ...this.#settings, ...given };
    this.isOn = true;
  }

  clear(): void {
    this.isOn = false;
    this.#settings = { ...NO_FAULTS };
    this.#soFar = { ...NO_COUNTS };
  }

  /** The fate of an API call. */
  forCall(method: string, path: string): Trouble {
    const { latency_ms, rate_limited, server_error, connection_reset, connection_reset_when, seed } =
      this.#settings;
    if (!isMeant(this.#settings, method, path)) return { waitMs: 0, instead: 'nothing' };
    const dice = diceFor(seed, 'call', this.#soFar.calls++);
    const waitMs = sample(latency_ms, dice);
    if (waitMs > 0) this.#soFar.delayed += 1;
    const throws = { reset: dice.next(), limited: dice.next(), failed: dice.next(), when: dice.next() };
    if (throws.reset < connection_reset) {
      this.#soFar.connection_resets += 1;
      const isBefore =
        connection_reset_when === 'either' ? throws.when < 0.5 : connection_reset_when === 'before';
      return { waitMs, instead: isBefore ? 'reset_before' : 'reset_after' };
    }
    if (throws.limited < rate_limited) {
      this.#soFar.rate_limited += 1;
      return { waitMs, instead: 'rate_limited' };
    }
    if (throws.failed < server_error) {
      this.#soFar.server_errors += 1;
      return { waitMs, instead: 'server_error' };
    }
    return { waitMs, instead: 'nothing' };
  }

  /** When the first attempt of a new event is made, and whether later ones may pass it. */
  forEvent(event: { id: string }, ownWindowMs: number): { delayMs: number; isLate: boolean } {
    const { seed, webhook_delay_ms, webhook_reorder, webhook_reorder_window_ms } = this.#settings;
    const number = this.#soFar.events++;
    this.#numbers.set(event, number);
    const dice = diceFor(seed, 'event', number);
    const delayMs = sample(webhook_delay_ms, dice);
    const throws = { isLate: dice.next() < webhook_reorder, howLate: dice.next() };
    if (!throws.isLate) return { delayMs, isLate: false };
    this.#soFar.events_reordered += 1;
    return { delayMs: delayMs + throws.howLate * (webhook_reorder_window_ms ?? ownWindowMs), isLate: true };
  }

  /** The fate of one attempt at an event. */
  forAttempt(event: { id: string; attempts: number }): 'once' | 'twice' | 'dropped' {
    const { seed, webhook_drop, webhook_duplicate } = this.#settings;
    const dice = diceFor(seed, 'attempt', this.#numbers.get(event) ?? event.id, event.attempts);
    const throws = { drop: dice.next(), duplicate: dice.next() };
    if (throws.drop < webhook_drop) {
      this.#soFar.events_dropped += 1;
      return 'dropped';
    }
    if (throws.duplicate < webhook_duplicate) {
      this.#soFar.events_duplicated += 1;
      return 'twice';
    }
    return 'once';
  }
}
