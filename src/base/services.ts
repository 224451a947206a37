import { type Bindings, type Config } from './config.ts';
import type { Mode } from './mode.rules.ts';
import { type Mailer } from './mailer.ts';
import type { PolarGateway } from './polar-gateway.ts';
import type { WorkMessage } from './messages.ts';
import { type Lane, type WakeUp } from './wake.ts';
import { type Database } from './db/database.rows.ts';
import type { StatementBudget } from './db/statement-budget.ts';

/** Everything that a flow uses of the outside. Made once per invocation, for fetch, queue and cron alike. */
export interface Services {
  env: Bindings;
  config: Config;
  database: Database;
  /** How many statements of D1 this invocation may still run. */
  budget: StatementBudget;
  /**
   * How many first attempts at deliveries this invocation may still make itself, behind its answer (ADR 69): a few in a
   * request, none in a consumer or cron.
   */
  firstAttempts: { left: number };
  entitlements: KVNamespace;
  /** Undefined while mail is not configured. */
  mailer: Mailer | undefined;
  /**
   * Sends messages to the queue behind the answer; it neither throws nor takes time. The rows that the messages are
   * about must be committed before, so that the sweep finds them when a message is lost (ADR 54).
   */
  wake(messages: readonly WorkMessage[], lane?: Lane): void;
  /** The same, each message after its own delay. */
  wakeLater(wakeUps: readonly WakeUp[], lane?: Lane): void;
  /**
   * Sends what is left of a consumer's own message; only consumers may call it. It waits for the queue and throws when
   * the queue does not take it, so that the consumer's message comes again.
   */
  handOn(messages: readonly WorkMessage[], lane?: Lane): Promise<void>;
  /**
   * Polar of one mode. Throws `mode_not_configured` when the mode has no credentials. `onRequest`: before each request
   * that keeps to a budget.
   */
  polar(mode: Mode, onRequest?: () => void | Promise<void>): PolarGateway;
  /** Milliseconds since 1970. */
  now(): number;
  /** Lets the promise go on after the answer has been sent. */
  waitUntil(promise: Promise<unknown>): void;
}
