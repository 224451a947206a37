import { type Bindings, type Config, parseConfig } from './config.ts';
import type { Mode } from './mode.rules.ts';
import { createMailer, type Mailer } from './mailer.ts';
import { createPolarGateway, type PolarGateway } from '../polar/client.ts';
import type { WorkMessage } from './messages.ts';
import { type Lane, sendBehind, sendNow, type WakeUp } from './wake.ts';
import { type Database, openDatabase } from './db/database.rows.ts';
import { StatementBudget } from './db/statement-budget.ts';

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

const configs = new WeakMap<Bindings, Config>();

/** Parses configuration once per isolate. @throws {ConfigError} */
export function loadConfig(env: Bindings): Config {
  let config = configs.get(env);
  if (!config) {
    config = parseConfig(env);
    configs.set(env, config);
  }
  return config;
}

/** Wires bindings and configuration together. @throws {ConfigError} */
export function createServices(env: Bindings, context: Pick<ExecutionContext, 'waitUntil'>): Services {
  const config = loadConfig(env);
  const polar = new Map<Mode, PolarGateway>();
  const budget = new StatementBudget();
  return {
    env,
    config,
    database: openDatabase(env.DB, (count) => budget.count(count)),
    budget,
    entitlements: env.ENTITLEMENTS,
    mailer: env.MAIL && config.mailFrom !== undefined ? createMailer(env.MAIL, config.mailFrom) : undefined,
    wake: (messages, lane = 'main') =>
      sendBehind(
        env,
        context,
        messages.map((message) => ({ message, delaySeconds: 0 })),
        lane,
      ),
    wakeLater: (wakeUps, lane = 'main') => sendBehind(env, context, wakeUps, lane),
    handOn: (messages, lane = 'main') =>
      sendNow(
        env,
        messages.map((message) => ({ message, delaySeconds: 0 })),
        lane,
      ),
    polar(mode, onRequest) {
      if (onRequest) return createPolarGateway(config, mode, onRequest);
      const known = polar.get(mode) ?? createPolarGateway(config, mode);
      polar.set(mode, known);
      return known;
    },
    now: () => Date.now(),
    waitUntil: (promise) => context.waitUntil(promise),
  };
}
