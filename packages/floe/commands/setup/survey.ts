import { createHash } from 'node:crypto';
import { CliError } from '../../cli-error.ts';
import { type CloudflareApi, openCloudflare } from '../../cloudflare/api.ts';
import { chooseAccount, type CloudflareAccount } from '../../cloudflare/choose-account.ts';
import { type Found, isGateway, lookAtAccount } from '../../cloudflare/look.ts';
import { type FoundDatabase, lookAtDatabase } from '../../cloudflare/storage.ts';
import { findWrangler, type Wrangler } from '../../cloudflare/wrangler.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import { openPolar, type PolarApi } from '../../polar/api.ts';
import {
  fetchOrganization,
  findMissingScopes,
  lacksScopes,
  type Organization,
  settingsPage,
} from '../../polar/organization.ts';
import { type Endpoint, fetchEndpoints } from '../../polar/webhook-endpoint.ts';
import type { Release } from '../../release/open-release.ts';

/* What there is before anything is changed: at Cloudflare, at Polar and at the gateway. */

export interface Cloudflare {
  wrangler: Wrangler;
  api: CloudflareApi;
  account: CloudflareAccount;
  found: Found;
  /** Of the database; undefined before there is one. */
  database: FoundDatabase | undefined;
}

/** @throws {CliError} when nobody is logged in, a permission is missing, or a name is taken by something else */
export async function surveyCloudflare(
  context: Context,
  release: Release,
  wanted: string | undefined,
): Promise<Cloudflare> {
  const wrangler = findWrangler(context);
  const api = await openCloudflare(context, wrangler);
  const account = await chooseAccount(context, api, wanted);
  const { settings } = release;
  const found = await lookAtAccount(api, account.id, settings);
  if (found.worker && !isGateway(found.worker))
    throw new CliError(
      EXIT.failed,
      `The account ${account.name} has a Worker ${settings.name} that is no gateway.`,
      {
        hint: 'Floe’s Worker has to have this name. Deploy to another account (--account), or give the other Worker another name.',
      },
    );
  for (const [queue, consumer] of found.queues)
    if (isOurs(settings, queue) && consumer !== undefined && consumer !== settings.name)
      throw new CliError(EXIT.failed, `The queue ${queue} is in use by the Worker ${consumer}.`, {
        hint: 'Floe’s queues have to have these names. Deploy to another account (--account).',
      });
  const database =
    found.databaseId === undefined
      ? undefined
      : await lookAtDatabase(api, account.id, found.databaseId, release);
  return { wrangler, api, account, found, database };
}

function isOurs({ queues }: Release['settings'], name: string): boolean {
  return [...queues.consumers, ...queues.producers].some(({ queue }) => queue === name);
}

/**
 * Whether a name of the account's own domains can become the gateway's. Wrangler would take it from another Worker, and write over a DNS
 * record, without a word.
 * @throws {CliError} when the domain is not in the account, or the name is in use
 */
export async function checkDomain(
  { api, account, found }: Cloudflare,
  url: string,
  worker: string,
): Promise<void> {
  const { hostname } = new URL(url);
  if (hostname.endsWith('.workers.dev') || found.worker?.domains.includes(hostname)) return;
  const parts = hostname.split('.');
  const zones = await Promise.all(
    parts.slice(0, -1).map((_, i) => {
      const name = parts.slice(i).join('.');
      return api.list<{ id: string }>('/zones', { name, 'account.id': account.id });
    }),
  );
  if (zones.every((each) => each.length === 0))
    throw new CliError(EXIT.failed, `${hostname} is of no domain in the account ${account.name}.`, {
      hint: 'Add the domain to Cloudflare first, or choose another address with --url.',
    });
  const domains = await api.list<{ service: string }>(`/accounts/${account.id}/workers/domains`, {
    hostname,
  });
  const [other] = domains.filter(({ service }) => service !== worker);
  const changes = await api
    .ask<{ conflicting?: unknown[] }>(
      `/accounts/${account.id}/workers/scripts/${worker}/domains/changeset?replace_state=true`,
      [{ hostname }],
    )
    .catch(() => undefined);
  if (other || (changes?.conflicting?.length ?? 0) > 0)
    throw new CliError(
      EXIT.failed,
      `${hostname} is in use: ${other ? `it is an address of the Worker ${other.service}` : 'it has a DNS record'}.`,
      { hint: 'Choose a name that has no DNS record yet (--url), or remove what is there.' },
    );
}

export interface PolarSurvey {
  mode: Mode;
  api: PolarApi;
  accessToken: string;
  tokenHash: string;
  organization: Organization;
  /** With the gateway's address. More than one means that Polar sends everything twice. */
  endpoints: Endpoint[];
  /** Whether the gateway knows the secret of the endpoint; undefined when it does not answer yet. */
  isSecretKnown?: boolean;
}

/** Without these nothing can be sold, heard or compared. */
const NEEDED = ['payments', 'reconcile', 'webhook_repair'];

/** @throws {CliError} when Polar refuses the token, or it lacks a scope that is needed */
export async function surveyPolar(
  context: Context,
  release: Release,
  { mode, accessToken, url }: { mode: Mode; accessToken: string; url: string },
): Promise<PolarSurvey> {
  const api = openPolar(context, mode, accessToken);
  const organization = await fetchOrganization(api);
  const scopes = new Set(Object.values(release.polarScopes).flat());
  const missing = await findMissingScopes(api, [...scopes]);
  const needed = new Set(NEEDED.flatMap((use) => release.polarScopes[use] ?? []));
  const lacking = missing.filter((scope) => needed.has(scope));
  if (lacking.length > 0) throw lacksScopes(api, missing);
  if (missing.length > 0)
    context.out.warn(
      `The access token of ${mode} lacks ${missing.join(', ')}. ${usesOf(release, missing)} will not work until it has them: ${settingsPage(api, organization.slug)}`,
    );
  if (!organization.allowsSeveralSubscriptions)
    context.out.note(
      `At Polar a customer of ${organization.name} (${mode}) may have one subscription in all. If you sell several, allow more: ${settingsPage(api, organization.slug)}, "Subscriptions".`,
    );
  return {
    mode,
    api,
    accessToken,
    tokenHash: createHash('sha256').update(accessToken).digest('hex'),
    organization,
    endpoints: await fetchEndpoints(api, webhookUrl(url)),
  };
}

export const webhookUrl = (url: string): string => `${url}/webhooks/polar`;

function usesOf({ polarScopes }: Release, missing: readonly string[]): string {
  const uses = Object.entries(polarScopes).filter(([, scopes]) =>
    scopes.some((scope) => missing.includes(scope)),
  );
  return uses.map(([use]) => use.replaceAll('_', ' ')).join(', ');
}
