import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import {
  type Binding,
  deploy,
  etagOf,
  hexId,
  hostsOf,
  newScript,
  runningVersion,
  type Script,
  type Version,
} from './account.ts';
import { answer, noScript, Refusal } from './answers.ts';
import type { AssetSessions } from './asset-routes.ts';
import { readUpload } from './read-upload.ts';
import type { Running } from './running.ts';
import type { Asked } from './storage-routes.ts';

const AUTHOR = 'ada@example.com';

/** `/workers`: scripts with their versions, deployments, secrets, schedules and addresses. */
export function scriptRoutes(running: Running, sessions: AssetSessions): Hono<Asked> {
  const routes = new Hono<Asked>();

  routes.get('/workers/services/:name', (context) => {
    const script = context.var.account.scripts.get(context.req.param('name'));
    if (!script) throw new Refusal(404, 10090, 'This service does not exist on your account.');
    const { tag, tags } = script;
    return answer(context, {
      id: script.name,
      default_environment: {
        environment: 'production',
        script: { id: script.name, tag, tags, last_deployed_from: 'wrangler' },
      },
    });
  });

  routes.get('/workers/workers/:name', (context) => {
    const script = find(context);
    const [host] = hostsOf(context.var.account, script);
    return answer(context, {
      id: script.tag,
      name: script.name,
      subdomain: {
        enabled: script.isOnWorkersDev,
        previews_enabled: script.hasPreviews,
        ...(script.isOnWorkersDev && host !== undefined ? { url: `https://${host}` } : {}),
      },
    });
  });

  routes.get('/workers/scripts', (context) =>
    answer(
      context,
      [...context.var.account.scripts.values()].map(({ name, tag }) => ({ id: name, tag })),
    ),
  );

  routes.put('/workers/scripts/:name', async (context) => {
    const { account } = context.var;
    const name = context.req.param('name');
    const script = account.scripts.get(name) ?? newScript(name);
    const version = await readUpload(account, script, sessions, context.req.raw);
    account.scripts.set(name, script);
    script.versions.push(version);
    deploy(script, version.id, version.annotations);
    running.changed();
    return answer(context, {
      id: name,
      tag: script.tag,
      etag: etagOf(version),
      deployment_id: version.id.replaceAll('-', ''),
      startup_time_ms: 20,
    });
  });

  routes.delete('/workers/scripts/:name', (context) => {
    const { name } = find(context);
    const { account } = context.var;
    if (account.queues.some(({ consumers }) => consumers.some(({ script }) => script === name)))
      throw new Refusal(400, 10064, 'Cannot delete this Worker as it is a consumer for a Queue.');
    account.scripts.delete(name);
    account.domains = account.domains.filter(({ service }) => service !== name);
    running.changed();
    return answer(context, null);
  });

  routes.get('/workers/scripts/:name/settings', (context) => {
    const version = runningVersion(find(context));
    return answer(context, {
      bindings: version?.bindings.map(withoutSecret) ?? [],
      compatibility_date: version?.compatibilityDate,
      compatibility_flags: version?.compatibilityFlags,
    });
  });

  routes.patch('/workers/scripts/:name/script-settings', async (context) => {
    const script = find(context);
    const { tags } = (await context.req.json()) as { tags?: string[] | null };
    script.tags = tags ?? script.tags;
    return answer(context, { tags: script.tags });
  });

  routes.get('/workers/scripts/:name/versions', (context) =>
    answer(context, { items: find(context).versions.toReversed().map(presentVersion) }),
  );

  routes.get('/workers/scripts/:name/versions/:id', (context) => {
    const version = find(context).versions.find(({ id }) => id === context.req.param('id'));
    if (!version) throw new Refusal(404, 100_146, 'Version does not exist.');
    return answer(context, presentVersion(version));
  });

  routes.post('/workers/scripts/:name/versions', async (context) => {
    const script = find(context);
    const version = await readUpload(context.var.account, script, sessions, context.req.raw);
    script.versions.push(version);
    return answer(context, { ...presentVersion(version), startup_time_ms: 20 });
  });

  routes.get('/workers/scripts/:name/deployments', (context) =>
    answer(context, {
      deployments: find(context)
        .deployments.toReversed()
        .map(({ id, createdOn, versionId, annotations }) => ({
          id,
          created_on: createdOn,
          source: 'wrangler',
          strategy: 'percentage',
          author_email: AUTHOR,
          annotations,
          versions: [{ version_id: versionId, percentage: 100 }],
        })),
    }),
  );

  routes.post('/workers/scripts/:name/deployments', async (context) => {
    const script = find(context);
    const { versions, annotations = {} } = (await context.req.json()) as {
      versions: { version_id: string; percentage: number }[];
      annotations?: Record<string, string>;
    };
    const [only, ...more] = versions;
    const version = script.versions.find(({ id }) => id === only?.version_id);
    if (!version || more.length > 0) throw new Refusal(400, 10210, 'These versions cannot be deployed.');
    const changed = changedSecrets(script, version);
    if (changed.length > 0 && context.req.query('force') !== 'true')
      throw new Refusal(
        400,
        10220,
        `The following secrets have changed since that version was deployed: ${changed.join(', ')}`,
      );
    const { id } = deploy(script, version.id, annotations);
    running.changed();
    return answer(context, { id });
  });

  routes.get('/workers/scripts/:name/secrets', (context) =>
    answer(
      context,
      (find(context).versions.at(-1)?.bindings ?? [])
        .filter(({ type }) => type === 'secret_text')
        .map(({ name, type }) => ({ name, type })),
    ),
  );

  routes.put('/workers/scripts/:name/secrets', async (context) => {
    const secret: Binding = await context.req.json();
    changeSecrets(find(context), { [secret.name]: secret });
    running.changed();
    return answer(context, { name: secret.name, type: secret.type });
  });

  routes.patch('/workers/scripts/:name/secrets-bulk', async (context) => {
    const { secrets } = (await context.req.json()) as { secrets: Record<string, Binding | null> };
    changeSecrets(find(context), secrets);
    running.changed();
    return answer(context, { secrets: Object.keys(secrets).map((name) => ({ name, type: 'secret_text' })) });
  });

  routes.delete('/workers/scripts/:name/secrets/:secret', (context) => {
    changeSecrets(find(context), { [context.req.param('secret')]: null });
    running.changed();
    return answer(context, null);
  });

  routes.get('/workers/scripts/:name/schedules', (context) =>
    answer(context, { schedules: find(context).crons.map((cron) => ({ cron })) }),
  );

  routes.put('/workers/scripts/:name/schedules', async (context) => {
    const script = find(context);
    const schedules = (await context.req.json()) as { cron: string }[];
    script.crons = schedules.map(({ cron }) => cron);
    return answer(context, { schedules });
  });

  return routes;
}

function find(context: Context<Asked, '/workers/:name'>): Script {
  const script = context.var.account.scripts.get(context.req.param('name'));
  if (!script) throw noScript();
  return script;
}

/** A secret that is put makes a version of its own, which runs at once. @throws {Refusal} 10215 when the last version does not run */
function changeSecrets(script: Script, secrets: Record<string, Binding | null>): void {
  const last = script.versions.at(-1);
  if (!last) throw noScript();
  if (runningVersion(script) !== last)
    throw new Refusal(
      400,
      10215,
      'Secret edit failed. You attempted to modify a secret, but the latest version of your Worker isn’t currently deployed.',
    );
  const added = Object.values(secrets).filter((secret) => secret !== null);
  const version: Version = {
    ...last,
    id: randomUUID(),
    number: last.number + 1,
    createdOn: new Date().toISOString(),
    bindings: [...last.bindings.filter(({ name }) => !(name in secrets)), ...added],
    annotations: { 'workers/triggered_by': 'secret' },
  };
  script.versions.push(version);
  deploy(script, version.id, version.annotations);
}

/** Secrets whose values differ between the version that runs and one that is to run. */
function changedSecrets(script: Script, next: Version): string[] {
  const secretsOf = (version: Version | undefined) =>
    new Map(
      version?.bindings.filter(({ type }) => type === 'secret_text').map(({ name, text }) => [name, text]),
    );
  const before = secretsOf(runningVersion(script));
  // A version that is newer brings its own secrets; only an older one would take changes back.
  if (next.number >= (runningVersion(script)?.number ?? 0)) return [];
  const after = secretsOf(next);
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
}

function presentVersion(version: Version) {
  return {
    id: version.id,
    number: version.number,
    metadata: { created_on: version.createdOn, author_email: AUTHOR, source: 'wrangler', author_id: hexId() },
    annotations: version.annotations,
    resources: {
      script: {
        etag: etagOf(version),
        handlers: ['fetch', 'queue', 'scheduled'],
        last_deployed_from: 'wrangler',
      },
      script_runtime: {
        compatibility_date: version.compatibilityDate,
        compatibility_flags: version.compatibilityFlags,
        usage_model: 'standard',
      },
      bindings: version.bindings.map(withoutSecret),
    },
  };
}

/** Nobody reads a secret back. */
function withoutSecret(binding: Binding): Binding {
  if (binding.type !== 'secret_text') return binding;
  const { text: _, ...rest } = binding;
  return rest;
}
