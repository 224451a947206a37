import { randomUUID } from 'node:crypto';
import { type Account, type Binding, type Module, type Script, type Version } from './account.ts';
import { Refusal } from './answers.ts';
import type { AssetSessions } from './asset-routes.ts';

interface Metadata {
  main_module?: string;
  bindings?: Binding[];
  keep_bindings?: string[];
  compatibility_date?: string;
  compatibility_flags?: string[];
  annotations?: Record<string, string>;
  keep_assets?: boolean;
  assets?: { jwt: string; config?: Record<string, unknown> };
}

/**
 * A version as it is uploaded: a form with `metadata` and one file a module. What `keep_bindings` names and what is bound as
 * `inherit` is taken from the version before.
 * @throws {Refusal} 10021 when something that is bound does not exist, 10057 when there is nothing to inherit
 */
export async function readUpload(
  account: Account,
  script: Script,
  sessions: AssetSessions,
  request: Request,
): Promise<Version> {
  const form = await request.formData();
  const described = form.get('metadata');
  if (typeof described !== 'string') throw new Refusal(400, 10021, 'The upload has no metadata.');
  const metadata = JSON.parse(described) as Metadata;
  const modules: Module[] = [];
  for (const [name, part] of form) {
    if (typeof part === 'string' || part.type === 'application/source-map') continue;
    modules.push({ name, type: part.type, content: new Uint8Array(await part.arrayBuffer()) });
  }
  const mainModule = metadata.main_module ?? '';
  if (!modules.some(({ name }) => name === mainModule))
    throw new Refusal(400, 10021, `No such module "${mainModule}".`);
  const before = script.versions.at(-1);
  const bindings = resolveBindings(account, before, metadata);
  return {
    id: randomUUID(),
    number: (before?.number ?? 0) + 1,
    createdOn: new Date().toISOString(),
    mainModule,
    modules,
    bindings,
    compatibilityDate: metadata.compatibility_date ?? '2026-10-30',
    compatibilityFlags: metadata.compatibility_flags ?? [],
    assets: metadata.assets ? sessions.finished(metadata.assets.jwt) : undefined,
    assetsConfig: metadata.assets?.config ?? {},
    annotations: metadata.annotations ?? {},
  };
}

function resolveBindings(account: Account, before: Version | undefined, metadata: Metadata): Binding[] {
  const asked = metadata.bindings ?? [];
  const bindings = asked.map((binding) => {
    if (binding.type !== 'inherit') return binding;
    const inherited = before?.bindings.find(({ name }) => name === binding.name);
    if (!inherited)
      throw new Refusal(
        400,
        10057,
        `inherit binding '${binding.name}' is invalid: there is none to inherit.`,
      );
    return inherited;
  });
  for (const binding of bindings) checkBinding(account, binding);
  const names = new Set(bindings.map(({ name }) => name));
  const kept = before?.bindings.filter(
    ({ name, type }) => metadata.keep_bindings?.includes(type) && !names.has(name),
  );
  return [...bindings, ...(kept ?? [])];
}

/** Cloudflare refuses a version whose database, namespace or queue is not there. */
function checkBinding(account: Account, binding: Binding): void {
  const { type, name } = binding;
  if (type === 'd1' && !account.databases.some(({ uuid }) => uuid === binding['id']))
    throw new Refusal(400, 10021, `binding ${name} of type d1 must have a valid \`id\` specified`);
  if (type === 'kv_namespace' && !account.namespaces.some(({ id }) => id === binding['namespace_id']))
    throw new Refusal(400, 10041, `KV namespace '${String(binding['namespace_id'])}' not found.`);
  if (type === 'queue' && !account.queues.some((queue) => queue.name === binding['queue_name']))
    throw new Refusal(404, 11000, `Queue '${String(binding['queue_name'])}' does not exist.`);
}
