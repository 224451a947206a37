import { newId } from '../base/ids.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { audit } from '../base/audit.rows.ts';
import { runBatch, type Statement, violates } from '../base/db/database.rows.ts';
import type { AppRow, KeyRow } from '../base/db/schema.rows.ts';
import { hashSecret, newToken } from '../base/secrets.ts';
import { findApp } from '../http/find-app.ts';
import { fingerprintOf, withIdempotency } from '../http/idempotency.ts';
import { forgetCallers } from '../http/identify-caller.ts';
import { prepareEndpoint } from '../tell/endpoints/manage-endpoints.ts';
import { settleOwners } from '../record/settle-owners.ts';
import {
  insertApp,
  insertKeys,
  revokeKeyStatement,
  selectApps,
  selectKeyOf,
  selectKeys,
  updateAppStatement,
} from './apps.rows.ts';

export interface AppSettings {
  name?: string | undefined;
  origins?: string[] | undefined;
  callback_urls?: string[] | undefined;
  owns_unclaimed?: boolean | undefined;
}

/**
 * Creates an app with its first two keys, and an endpoint when `webhook_url` is given.
 * @throws {Problem} `conflict` when the product has an app in this mode already, or another owns what is unclaimed;
 * `mode_not_configured`.
 */
export async function createApp(
  services: Services,
  input: AppSettings & {
    product: string;
    mode: Mode;
    callback_urls: string[];
    webhook_url?: string | undefined;
  },
) {
  if (!services.config.modes[input.mode]) {
    throw new Problem('mode_not_configured', {
      detail: `The mode ${input.mode} has no Polar credentials. Configure it first.`,
    });
  }
  const now = services.now();
  const app: AppRow = {
    id: newId('app'),
    slug: `${input.product}-${input.mode}`,
    product: input.product,
    mode: input.mode,
    name: input.name ?? input.product,
    origins: input.origins ?? [],
    callbackUrls: input.callback_urls,
    ownsUnclaimed: input.owns_unclaimed ?? false,
    createdAt: now,
    updatedAt: now,
  };
  const secret = await makeKey(app, 'secret', 'first', now);
  const publishable = await makeKey(app, 'publishable', 'first', now);
  const endpoint =
    input.webhook_url === undefined
      ? undefined
      : await prepareEndpoint(services, app, { url: input.webhook_url }, 'body.webhook_url');
  // All at once: the keys of an app that half exists would never be shown, and its products are its own from the start.
  await writeOrConflict(services, app, [
    insertApp(services.database, app),
    insertKeys(services.database, [secret.row, publishable.row]),
    ...(endpoint ? [endpoint.statement] : []),
    audit(services.database, services.now(), 'app.created', app.id, app.slug),
  ]);
  return {
    ...presentApp(app),
    secret_key: secret.key,
    publishable_key: publishable.key,
    ...(endpoint ? { webhook_secret: endpoint.view.secret } : {}),
  };
}

/** All apps, newest first. */
export async function listApps(services: Services) {
  const rows = await selectApps(services.database);
  return rows.map(presentApp);
}

/** One app by slug. @throws {Problem} `not_found` */
export async function getApp(services: Services, slug: string) {
  return presentApp(await findApp(services, slug));
}

/** Changes an app's settings. @throws {Problem} `not_found`, `conflict` */
export async function updateApp(services: Services, slug: string, change: AppSettings) {
  const app = await findApp(services, slug);
  const next: AppRow = {
    ...app,
    name: change.name ?? app.name,
    origins: change.origins ?? app.origins,
    callbackUrls: change.callback_urls ?? app.callbackUrls,
    ownsUnclaimed: change.owns_unclaimed ?? app.ownsUnclaimed,
    updatedAt: services.now(),
  };
  await writeOrConflict(services, next, [
    updateAppStatement(services.database, next),
    audit(services.database, services.now(), 'app.updated', app.id, app.slug),
  ]);
  forgetCallers();
  return presentApp(next);
}

const KEYS_ROUTE = 'POST /admin/apps/:app/keys';

/**
 * A further key of an app, at most one for an `Idempotency-Key`. Its value is in this answer only.
 * @throws {Problem} `not_found`; see `withIdempotency`
 */
export async function createKey(
  services: Services,
  slug: string,
  input: { kind: 'secret' | 'publishable'; name: string },
  { key, rawBody }: { key: string | undefined; rawBody: string },
) {
  const { database } = services;
  const app = await findApp(services, slug);
  const fingerprint = () => fingerprintOf(KEYS_ROUTE, rawBody);
  return withIdempotency(services, { appId: app.id, route: KEYS_ROUTE, key, fingerprint }, async () => {
    const made = await makeKey(app, input.kind, input.name, services.now());
    return {
      status: 201,
      body: { ...presentKey(made.row), key: made.key },
      commit: [
        insertKeys(database, [made.row]),
        audit(database, services.now(), 'key.created', app.id, made.row.id),
      ],
    };
  });
}

/** An app's keys, newest first, without their values. @throws {Problem} `not_found` */
export async function listKeys(services: Services, slug: string) {
  const app = await findApp(services, slug);
  const rows = await selectKeys(services.database, app.id);
  return rows.map(presentKey);
}

/** Revokes a key: at once in this isolate, within 30 s in others. Again is no error. @throws {Problem} `not_found` */
export async function revokeKey(services: Services, slug: string, keyId: string): Promise<void> {
  const app = await findApp(services, slug);
  const key = await selectKeyOf(services.database, app.id, keyId);
  if (!key) throw new Problem('not_found', { detail: `The app ${slug} has no key ${keyId}.` });
  if (key.revokedAt === null) {
    await runBatch(services.database, [
      revokeKeyStatement(services.database, key, services.now()),
      audit(services.database, services.now(), 'key.revoked', app.id, keyId),
    ]);
  }
  forgetCallers();
}

async function makeKey(app: AppRow, kind: 'secret' | 'publishable', name: string, now: number) {
  const key = newToken(kind, app.mode);
  const row: KeyRow = {
    id: newId('key'),
    appId: app.id,
    kind,
    hash: await hashSecret(key),
    hint: key.slice(-4),
    name,
    createdAt: now,
    lastUsedAt: null,
    revokedAt: null,
  };
  return { key, row };
}

async function writeOrConflict(services: Services, app: AppRow, statements: Statement[]): Promise<void> {
  try {
    await settleOwners(services, app.mode, { app, statements });
  } catch (cause) {
    if (violates(cause, 'UNIQUE: apps.slug') || violates(cause, 'UNIQUE: apps.product, apps.mode')) {
      throw new Problem('conflict', { detail: 'This product has an app in this mode already.', cause });
    }
    if (violates(cause, 'UNIQUE: apps.mode')) {
      throw new Problem('conflict', {
        detail: 'Another app of this mode owns what is unclaimed. Only one can.',
        cause,
      });
    }
    throw cause;
  }
}

function presentApp(app: AppRow) {
  return {
    id: app.id,
    slug: app.slug,
    product: app.product,
    mode: app.mode,
    name: app.name,
    origins: app.origins,
    callback_urls: app.callbackUrls,
    owns_unclaimed: app.ownsUnclaimed,
    created_at: new Date(app.createdAt).toISOString(),
    updated_at: new Date(app.updatedAt).toISOString(),
  };
}

function presentKey(key: KeyRow) {
  return {
    id: key.id,
    kind: key.kind,
    name: key.name,
    hint: key.hint,
    created_at: new Date(key.createdAt).toISOString(),
    last_used_at: key.lastUsedAt === null ? null : new Date(key.lastUsedAt).toISOString(),
    revoked_at: key.revokedAt === null ? null : new Date(key.revokedAt).toISOString(),
  };
}
