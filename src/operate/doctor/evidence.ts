import { describePolarWebhook } from '../../compare/check-polar-webhook.ts';
import type { WebhookCheck } from '../../compare/reconcile-drift.rules.ts';
import { selectRuns } from '../../compare/reconcile.rows.ts';
import type { Run } from '../../compare/reconcile-run.rows.ts';
import { type Doer, GATEWAY } from '../../base/audit-actions.rules.ts';
import type { Config } from '../../base/config.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { type HealthCheck, type HealthPart, selectHealthChecks } from '../../base/health.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { once } from '../../base/once.rules.ts';
import type { PolarEndpoint, TokenProbe } from '../../base/polar-gateway.ts';
import type { Services } from '../../base/services.ts';
import { checkHealth } from '../check-health.ts';
import type { HealthView } from '../health.answers.ts';
import { type AgedSecret, listAgedSecrets } from '../secrets/known-secrets.ts';
import { type ExaminedApp, selectExaminedApps } from './apps.rows.ts';

/** Enough to find the last of each scope: a recent one runs every 15 minutes. */
const RUNS_LOOKED_AT = 10;

/** What Polar's clock said, and when it was asked and answered by ours. Milliseconds since 1970. */
export interface Probed {
  probe: TokenProbe;
  askedAt: number;
  answeredAt: number;
}

/**
 * What checks look at. Each is fetched when the first check asks for it, and once, however many do. What cannot be fetched
 * throws in each of them.
 */
export class Evidence {
  readonly services: Services;
  readonly now: number;
  /** Who mends what is found. */
  readonly by: Doer;

  constructor(services: Services, by: Doer = GATEWAY) {
    this.services = services;
    this.by = by;
    this.now = services.now();
  }

  get config(): Config {
    return this.services.config;
  }

  get database(): Database {
    return this.services.database;
  }

  /** `/health`, as everybody sees it. */
  readonly health: () => Promise<HealthView> = once(() => checkHealth(this.services));

  /** Why a part of `/health` does not work; undefined when it does. */
  async healthProblem(part: string): Promise<string | undefined> {
    const { problems } = await this.health();
    return problems?.find((problem) => problem.part === part)?.why;
  }

  /** What `/health` and the cron have noted of each part. */
  readonly noted: () => Promise<Map<HealthPart, HealthCheck>> = once(async () => {
    await this.health();
    return selectHealthChecks(this.database);
  });

  /** Every app, oldest first. */
  readonly apps: () => Promise<ExaminedApp[]> = once(() => selectExaminedApps(this.database, this.now));

  /** The gateway's own secrets, by what does not reveal them, and since when it has run with each. */
  readonly secrets: () => Promise<AgedSecret[]> = once(() => listAgedSecrets(this.services));

  /** Whether Polar takes the token, and its clock. */
  readonly probed: (mode: Mode) => Promise<Probed> = onceAMode(async (mode) => {
    const askedAt = this.services.now();
    const probe = await this.services.polar(mode).probe();
    return { probe, askedAt, answeredAt: this.services.now() };
  });

  /** The webhook endpoints that the organization has at Polar. */
  readonly polarEndpoints: (mode: Mode) => Promise<PolarEndpoint[]> = onceAMode((mode) =>
    this.services.polar(mode).fetchWebhookEndpoints(),
  );

  /** What the one for this gateway is like, as a comparison with Polar sees it. */
  readonly polarWebhook: (mode: Mode) => Promise<WebhookCheck> = onceAMode(async (mode) => {
    const known = await this.polarEndpoints(mode);
    return describePolarWebhook(this.services.config, known, mode);
  });

  /** The last comparisons with Polar, newest first. */
  readonly runs: (mode: Mode) => Promise<Run[]> = onceAMode((mode) =>
    selectRuns(this.database, mode, { limit: RUNS_LOOKED_AT, after: undefined }),
  );
}

function onceAMode<T>(fetch: (mode: Mode) => Promise<T>): (mode: Mode) => Promise<T> {
  const fetched = new Map<Mode, Promise<T>>();
  return (mode) => {
    const known = fetched.get(mode) ?? fetch(mode);
    fetched.set(mode, known);
    return known;
  };
}
