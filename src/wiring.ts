import { type Bindings, type Config, parseConfig } from './base/config.ts';
import { openDatabase } from './base/db/database.rows.ts';
import { StatementBudget } from './base/db/statement-budget.ts';
import { createMailer } from './base/mailer.ts';
import type { Mode } from './base/mode.rules.ts';
import type { PolarGateway } from './base/polar-gateway.ts';
import type { Services } from './base/services.ts';
import { sendBehind, sendNow } from './base/wake.ts';
import { createPolarGateway } from './polar/client.ts';

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
