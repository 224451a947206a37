import { type Bindings, type Config } from './config.ts';
import type { Mode } from './mode.rules.ts';
import { type Mailer } from './mailer.ts';
import type { PolarGateway } from './polar-gateway.ts';
import type { WorkMessage } from './messages.ts';
import { type Lane, type WakeUp } from './wake.ts';
import { type Database } from './db/database.rows.ts';
import type { StatementBudget } from './db/statement-budget.ts';

/** Everything a flow may touch. Made once per invocation, for fetch, queue and cron alike. */
export interface Services {
  env: Bindings;
  config: Config;
  database: Database;
  /** What this invocation may still ask of the database. */
  budget: StatementBudget;
  entitlements: KVNamespace;
  /** Undefined while mail is not configured. */
  mailer: Mailer | undefined;
  /**
   * Wakes consumers, behind the answer: it neither throws nor takes time. Rows are the truth, so whatever is to be woken is
   * committed before, and the sweep finds it when its message is lost (ADR 54).
   */
  wake(messages: readonly WorkMessage[], lane?: Lane): void;
  /** The same, each message after its own delay. */
  wakeLater(wakeUps: readonly WakeUp[], lane?: Lane): void;
  /**
   * For consumers alone, which may wait: what is left of their own message. It throws when the queue does not take it, so that
   * their message comes again.
   */
  handOn(messages: readonly WorkMessage[], lane?: Lane): Promise<void>;
  /**
   * Polar of one mode. Throws `mode_not_configured` when the mode has no credentials. `onRequest`: before each request
   * that keeps to a budget.
   */
  polar(mode: Mode, onRequest?: () => void | Promise<void>): PolarGateway;
  /** Milliseconds since 1970. */
  now(): number;
  /** Goes on after the answer has been sent. */
  waitUntil(promise: Promise<unknown>): void;
}
