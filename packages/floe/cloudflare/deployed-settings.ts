import path from 'node:path';
import type { Release } from '../release/open-release.ts';
import { type Binding, RELEASE_VARIABLE, VERSION_VARIABLE } from './look.ts';
import { readOwnBindings } from './own-bindings.rules.ts';

/** What belongs to one deployment. */
export interface Placement {
  accountId: string;
  /** The gateway's origin. */
  url: string;
  databaseId: string;
  namespaceId: string;
  /** What the Worker that runs has bound. */
  bindings: readonly Binding[];
}

/** Settings for wrangler: those of the release, with the ids and the address of one deployment. Paths are absolute, so the file may lie anywhere. */
export function deployedSettings(release: Release, placement: Placement): object {
  const { settings, folder, hash, version } = release;
  const host = new URL(placement.url).hostname;
  const { producers, services } = readOwnBindings(placement.bindings);
  return {
    ...settings,
    account_id: placement.accountId,
    main: path.join(folder, settings.main),
    assets: { ...settings.assets, directory: path.join(folder, settings.assets.directory) },
    vars: {
      ...settings.vars,
      FLOE_URL: placement.url,
      [RELEASE_VARIABLE]: hash,
      [VERSION_VARIABLE]: version,
    },
    // On workers.dev nothing is to be attached. Any other name is a custom domain of the Worker, and its only address.
    ...(host.endsWith('.workers.dev')
      ? { workers_dev: true }
      : { workers_dev: false, routes: [{ pattern: host, custom_domain: true }] }),
    preview_urls: false,
    d1_databases: settings.d1_databases.map((database) => ({
      ...database,
      database_id: placement.databaseId,
      migrations_dir: path.join(folder, 'migrations'),
    })),
    queues: { ...settings.queues, producers: [...settings.queues.producers, ...producers] },
    ...(services.length === 0 ? {} : { services }),
    kv_namespaces: settings.kv_namespaces.map((namespace) => ({ ...namespace, id: placement.namespaceId })),
  };
}
