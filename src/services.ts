import { type Bindings, type Config, parseConfig } from './config.ts';
import type { Mode } from './domain/mode.ts';
import { createMailer, type Mailer } from './mail/mailer.ts';
import { createPolarGateway, type PolarGateway } from './polar/client.ts';
import type { WorkMessage } from './queue/messages.ts';
import { type Database, openDatabase } from './storage/database.ts';
import { StatementBudget } from './storage/statement-budget.ts';

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
  /** Wakes consumers. Rows are the truth: a lost message is found by the sweep. */
  wake(messages: readonly WorkMessage[], lane?: 'main' | 'slow'): Promise<void>;
  /** The same, each message after its own delay. */
  wakeLater(
    wakeUps: readonly { message: WorkMessage; delaySeconds: number }[],
    lane?: 'main' | 'slow',
  ): Promise<void>;
  /**
   * Polar of one mode. Throws `mode_not_configured` when the mode has no credentials. `onRequest`: before each request
   * that keeps to a budget.
   */
  polar(mode: Mode, onRequest?: () => void): PolarGateway;
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
      send(
        env,
        lane,
        messages.map((body) => ({ body })),
      ),
    wakeLater: (wakeUps, lane = 'main') =>
      send(
        env,
        lane,
        wakeUps.map(({ message, delaySeconds }) => ({ body: message, delaySeconds })),
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

/** What one `sendBatch` takes: a hundred messages, and 256 KB. */
const MAX_MESSAGES_PER_SEND = 100;
const MAX_CHARS_PER_SEND = 60_000;

async function send(
  env: Bindings,
  lane: 'main' | 'slow',
  messages: readonly MessageSendRequest<WorkMessage>[],
): Promise<void> {
  const queue = lane === 'main' ? env.WORK : env.WORK_SLOW;
  for (const part of split(messages)) await queue.sendBatch(part);
}

/** Parts that one `sendBatch` takes: a character is at most four bytes. */
function split<Body>(messages: readonly MessageSendRequest<Body>[]): MessageSendRequest<Body>[][] {
  const parts: MessageSendRequest<Body>[][] = [];
  let part: MessageSendRequest<Body>[] = [];
  let chars = 0;
  for (const message of messages) {
    const size = JSON.stringify(message.body).length;
    if (part.length === MAX_MESSAGES_PER_SEND || chars + size > MAX_CHARS_PER_SEND || part.length === 0) {
      part = [];
      parts.push(part);
      chars = 0;
    }
    part.push(message);
    chars += size;
  }
  return parts;
}
