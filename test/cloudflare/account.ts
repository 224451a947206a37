import { createHash, randomBytes, randomUUID } from 'node:crypto';

/* What the stand-in keeps of one account, in the words of Cloudflare's API. */

/** A binding of a Worker's version, as it stands in the upload's metadata. */
export interface Binding {
  type: string;
  name: string;
  [field: string]: unknown;
}

export interface Module {
  name: string;
  type: string;
  content: Uint8Array<ArrayBuffer>;
}

export interface Version {
  id: string;
  number: number;
  createdOn: string;
  mainModule: string;
  modules: Module[];
  bindings: Binding[];
  compatibilityDate: string;
  compatibilityFlags: string[];
  /** Hash and type of each static file by its path. */
  assets: Map<string, string> | undefined;
  assetsConfig: Record<string, unknown>;
  annotations: Record<string, string>;
}

export interface Deployment {
  id: string;
  createdOn: string;
  versionId: string;
  annotations: Record<string, string>;
}

export interface Script {
  name: string;
  tag: string;
  tags: string[];
  /** Oldest first. */
  versions: Version[];
  /** Oldest first; the last one is what runs. */
  deployments: Deployment[];
  crons: string[];
  isOnWorkersDev: boolean;
  hasPreviews: boolean;
}

export interface Consumer {
  id: string;
  script: string;
  deadLetterQueue: string | undefined;
  settings: Record<string, number | undefined>;
  createdOn: string;
}

export interface Queue {
  id: string;
  name: string;
  createdOn: string;
  consumers: Consumer[];
}

interface Database {
  uuid: string;
  name: string;
  createdOn: string;
}

interface Namespace {
  id: string;
  title: string;
}

export interface Domain {
  id: string;
  hostname: string;
  service: string;
}

export interface Account {
  id: string;
  name: string;
  /** What stands before `.workers.dev`; undefined: none is registered yet. */
  subdomain: string | undefined;
  /** Domains that are in the account. */
  zones: { id: string; name: string }[];
  /** Names that have a DNS record of another kind. */
  dnsRecords: Set<string>;
  databases: Database[];
  namespaces: Namespace[];
  queues: Queue[];
  scripts: Map<string, Script>;
  domains: Domain[];
  /** Static files that were uploaded, by their hash. */
  files: Map<string, { content: Uint8Array<ArrayBuffer>; type: string }>;
}

/** What a token may do; the names are those of Cloudflare's permission groups. */
export type Permission = 'account' | 'user' | 'scripts' | 'd1' | 'kv' | 'queues' | 'zones';
export const PERMISSIONS: readonly Permission[] = [
  'account',
  'user',
  'scripts',
  'd1',
  'kv',
  'queues',
  'zones',
];

export function newAccount(name: string, subdomain: string | undefined): Account {
  return {
    id: hexId(),
    name,
    subdomain,
    zones: [],
    dnsRecords: new Set(),
    databases: [],
    namespaces: [],
    queues: [],
    scripts: new Map(),
    domains: [],
    files: new Map(),
  };
}

export function newScript(name: string): Script {
  return {
    name,
    tag: hexId(),
    tags: [],
    versions: [],
    deployments: [],
    crons: [],
    isOnWorkersDev: false,
    hasPreviews: false,
  };
}

/** The version that runs. */
export function runningVersion(script: Script): Version | undefined {
  const { versionId } = script.deployments.at(-1) ?? {};
  return script.versions.find(({ id }) => id === versionId);
}

export function deploy(script: Script, versionId: string, annotations: Record<string, string>): Deployment {
  const deployment = { id: randomUUID(), createdOn: new Date().toISOString(), versionId, annotations };
  script.deployments.push(deployment);
  return deployment;
}

/** Which names a Worker answers to. */
export function hostsOf(account: Account, script: Script): string[] {
  return [
    ...(script.isOnWorkersDev && account.subdomain !== undefined
      ? [`${script.name}.${account.subdomain}.workers.dev`]
      : []),
    ...account.domains.filter(({ service }) => service === script.name).map(({ hostname }) => hostname),
  ];
}

export function etagOf(version: Version): string {
  const hash = createHash('sha256');
  for (const { name, content } of version.modules) hash.update(name).update(content);
  return hash.digest('hex');
}

export function hexId(): string {
  return randomBytes(16).toString('hex');
}
