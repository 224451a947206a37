import { isContract } from '../../release/migrations.rules.ts';
import { isOwn } from '../../cloudflare/own-bindings.rules.ts';
import type { ReleaseSettings } from '../../release/open-release.ts';

/* What an upgrade changes, as data. */

/** What runs now, as Cloudflare shows it. */
export interface Running {
  version: string | undefined;
  hash: string | undefined;
  bindings: readonly { type: string; name: string }[];
  crons: readonly string[];
  queues: ReadonlySet<string>;
}

export interface UpgradePlan {
  from: string | undefined;
  to: string;
  /** Migrations that only add. They come first: the release that runs goes on with them. */
  expand: string[];
  /** Migrations that take something away. They come last, by a command of their own. */
  contract: string[];
  /** What else is another one, in words. */
  changes: string[];
  /** Another release is to be deployed. */
  isDeployed: boolean;
}

export function planUpgrade(
  running: Running,
  release: { version: string; hash: string; settings: ReleaseSettings },
  missing: readonly string[],
): UpgradePlan {
  const { settings } = release;
  const bound = new Set(
    running.bindings
      .filter(({ type, name }) => !['secret_text', 'plain_text', 'assets'].includes(type) && !isOwn(name))
      .map(({ name }) => name),
  );
  const wanted = bindingNames(settings);
  const { crons } = settings.triggers;
  const queues = [...settings.queues.producers, ...settings.queues.consumers].map(({ queue }) => queue);
  return {
    from: running.version,
    to: release.version,
    expand: missing.filter((name) => !isContract(name)),
    contract: missing.filter(isContract),
    isDeployed: running.hash === release.hash,
    changes: [
      ...[...new Set(queues)]
        .filter((name) => !running.queues.has(name))
        .map((name) => `a new queue ${name}`),
      ...wanted.filter((name) => !bound.has(name)).map((name) => `a new binding ${name}`),
      ...[...bound].filter((name) => !wanted.includes(name)).map((name) => `without the binding ${name}`),
      ...crons.filter((cron) => !running.crons.includes(cron)).map((cron) => `a new cron ${cron}`),
      ...running.crons.filter((cron) => !crons.includes(cron)).map((cron) => `without the cron ${cron}`),
    ],
  };
}

function bindingNames(settings: ReleaseSettings): string[] {
  const named = (list: unknown, field: string): string[] =>
    Array.isArray(list) ? list.map((each: Record<string, unknown>) => String(each[field])) : [];
  return [
    ...settings.d1_databases.map(({ binding }) => binding),
    ...settings.kv_namespaces.map(({ binding }) => binding),
    ...settings.queues.producers.map(({ binding }) => binding),
    ...named(settings['send_email'], 'name'),
    ...named(settings['ratelimits'], 'name'),
  ];
}

/** Whether a version comes before another one: numbers part by part. What is no version comes before nothing. */
export function isOlder(version: string, other: string | undefined): boolean {
  const parts = (text: string) => text.split(/[.+-]/).slice(0, 3).map(Number);
  if (other === undefined) return false;
  const [a, b] = [parts(version), parts(other)];
  const at = a.findIndex((part, i) => part !== b[i]);
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0);
}
