import * as z from 'zod/mini';
import { type Bindings, type Config, parseConfig } from './base/config.ts';
import { openDatabase } from './base/db/database.rows.ts';
import { StatementBudget } from './base/db/statement-budget.ts';
import { noteLackingScope } from './base/lacking-scopes.rows.ts';
import { createMailer } from './base/mailer.ts';
import type { Mode } from './base/mode.rules.ts';
import type { PolarGateway } from './base/polar-gateway.ts';
import type { Services } from './base/services.ts';
import { describeIssue } from './http/field-messages.ts';
import { sendBehind, sendNow } from './base/wake.ts';
import { lazyPolarGateway } from './polar/lazy-client.ts';

// For all schemas of the gateway: zod/mini itself says no more than `Invalid input`.
z.config({ localeError: describeIssue });

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

/**
 * First attempts at deliveries that one request makes itself. Each may keep one of its six connections, and the others
 * are for D1, the queue and Polar (ADR 69).
 */
export const FIRST_ATTEMPTS = 3;

/** Wires bindings and configuration together. `firstAttempts`: see `Services`. @throws {ConfigError} */
export function createServices(
  env: Bindings,
  context: Pick<ExecutionContext, 'waitUntil'>,
  firstAttempts = 0,
): Services {
  const config = loadConfig(env);
  const polar = new Map<Mode, PolarGateway>();
  const budget = new StatementBudget();
  const database = openDatabase(env.DB, (count) => budget.count(count));
  return {
    env,
    config,
    database,
    budget,
    firstAttempts: { left: firstAttempts },
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
      const noteLacking = (scope: string) =>
        context.waitUntil(noteLackingScope(database, mode, scope, Date.now()));
      if (onRequest) return lazyPolarGateway(config, mode, onRequest, noteLacking);
      const known = polar.get(mode) ?? lazyPolarGateway(config, mode, undefined, noteLacking);
      polar.set(mode, known);
      return known;
    },
    now: () => Date.now(),
    waitUntil: (promise) => context.waitUntil(promise),
  };
}
