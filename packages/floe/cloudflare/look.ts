import type { ReleaseSettings } from '../release/open-release.ts';
import type { CloudflareApi } from './api.ts';

/** A binding of the Worker that runs; secrets without their values. */
export interface Binding {
  type: string;
  name: string;
  text?: string;
  id?: string;
  namespace_id?: string;
  queue_name?: string;
  service?: string;
  environment?: string;
}

/** What there is in an account of what a gateway needs. */
export interface Found {
  databaseId: string | undefined;
  namespaceId: string | undefined;
  /** Names of queues, with the Worker that takes each one's messages. */
  queues: Map<string, string | undefined>;
  worker: FoundWorker | undefined;
  /** The account's name under workers.dev; undefined when it has none yet. */
  subdomain: string | undefined;
  /** Names of secrets that the Worker has. */
  secrets: Set<string>;
}

interface FoundWorker {
  bindings: readonly Binding[];
  crons: string[];
  isOnWorkersDev: boolean;
  domains: string[];
}

/** Looks at what there is, by the names that the release gives everything. @throws {CliError} */
export async function lookAtAccount(
  api: CloudflareApi,
  accountId: string,
  settings: ReleaseSettings,
): Promise<Found> {
  const at = `/accounts/${accountId}`;
  const [database, namespace] = [databaseName(settings), NAMESPACE];
  const [databases, namespaces, queues, subdomain, worker] = await Promise.all([
    api.list<{ uuid: string; name: string }>(`${at}/d1/database`, { name: database }),
    api.list<{ id: string; title: string }>(`${at}/storage/kv/namespaces`),
    api.list<{ queue_name: string; consumers?: { script?: string; service?: string }[] }>(`${at}/queues`),
    api.get<{ subdomain: string }>(`${at}/workers/subdomain`),
    lookAtWorker(api, at, settings.name),
  ]);
  return {
    databaseId: databases.find(({ name }) => name === database)?.uuid,
    namespaceId: namespaces.find(({ title }) => title === namespace)?.id,
    queues: new Map(
      queues.map(({ queue_name: name, consumers = [] }) => [
        name,
        consumers[0]?.script ?? consumers[0]?.service,
      ]),
    ),
    subdomain: subdomain?.subdomain,
    worker: worker?.found,
    secrets: worker?.secrets ?? new Set(),
  };
}

/** The KV namespace's name, which no binding of a Worker says. */
export const NAMESPACE = 'floe-entitlements';

export function databaseName({ d1_databases: [database] }: ReleaseSettings): string {
  return database?.database_name ?? '';
}

/** Names of all queues that a release sends to or takes from. */
export function queueNames({ queues: { producers, consumers } }: ReleaseSettings): string[] {
  return [...new Set([...producers, ...consumers].map(({ queue }) => queue))].toSorted();
}

async function lookAtWorker(api: CloudflareApi, at: string, name: string) {
  const script = `${at}/workers/scripts/${name}`;
  const settings = await api.get<{ bindings?: Binding[] }>(`${script}/settings`);
  if (!settings) return undefined;
  const [secrets, schedules, worker, domains] = await Promise.all([
    api.get<{ name: string }[]>(`${script}/secrets`),
    api.get<{ schedules: { cron: string }[] }>(`${script}/schedules`),
    api.get<{ subdomain?: { enabled?: boolean } }>(`${at}/workers/workers/${name}`),
    api.list<{ hostname: string; service: string }>(`${at}/workers/domains`, { service: name }),
  ]);
  return {
    secrets: new Set((secrets ?? []).map((each) => each.name)),
    found: {
      bindings: settings.bindings ?? [],
      crons: (schedules?.schedules ?? []).map(({ cron }) => cron),
      isOnWorkersDev: worker?.subdomain?.enabled === true,
      domains: domains.filter(({ service }) => service === name).map(({ hostname }) => hostname),
    },
  };
}

/** The value of a plain variable of the Worker. */
export function variableOf(worker: FoundWorker | undefined, name: string): string | undefined {
  return worker?.bindings.find((each) => each.type === 'plain_text' && each.name === name)?.text;
}

/** The variable that says which release runs; `floe` alone reads it. */
export const RELEASE_VARIABLE = 'FLOE_RELEASE';

/** The variable that says which version of Floe that is. */
export const VERSION_VARIABLE = 'FLOE_VERSION';

/** Whether the Worker is a gateway, whoever deployed it. */
export function isGateway(worker: FoundWorker): boolean {
  return (
    variableOf(worker, 'FLOE_URL') !== undefined &&
    worker.bindings.some(({ type, name }) => type === 'd1' && name === 'DB')
  );
}

/**
 * What of the wanted deployment does not run yet, in words. Nothing: it is deployed as a whole, with all that wrangler does behind the upload.
 */
export function whatIsNotDeployed(
  found: Found,
  settings: ReleaseSettings,
  wanted: { hash: string; url: string },
): string[] {
  const { worker, databaseId, namespaceId, queues } = found;
  if (!worker) return ['there is no Worker yet'];
  const host = new URL(wanted.url).hostname;
  const isReachable = host.endsWith('.workers.dev') ? worker.isOnWorkersDev : worker.domains.includes(host);
  const bound = (type: string, id: string | undefined) =>
    worker.bindings.some((each) => each.type === type && (each.id ?? each.namespace_id) === id);
  const consumers = settings.queues.consumers.map(({ queue }) => queue);
  return [
    ...(variableOf(worker, RELEASE_VARIABLE) === wanted.hash ? [] : ['another release runs']),
    ...(variableOf(worker, 'FLOE_URL') === wanted.url ? [] : ['it has another address']),
    ...(bound('d1', databaseId) && bound('kv_namespace', namespaceId) ? [] : ['its storage is another']),
    ...(isReachable ? [] : [`it does not answer at ${host}`]),
    ...(settings.triggers.crons.every((cron) => worker.crons.includes(cron)) ? [] : ['its cron is missing']),
    ...consumers
      .filter((queue) => queues.get(queue) !== settings.name)
      .map((queue) => `nothing takes the messages of ${queue}`),
  ];
}
