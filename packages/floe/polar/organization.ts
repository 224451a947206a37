import { CliError } from '../cli-error.ts';
import type { Mode } from '../deployments/deployment-file.ts';
import { EXIT } from '../exit-codes.ts';
import { isPolar, type PolarApi } from './api.ts';

export interface Organization {
  id: string;
  slug: string;
  name: string;
  /** Whether a customer may have several subscriptions at once. */
  allowsSeveralSubscriptions: boolean;
}

/** An organization's pages in Polar's dashboard. */
export function dashboardOf(mode: Mode, slug: string): string {
  const host = mode === 'live' ? 'polar.sh' : 'sandbox.polar.sh';
  return `https://${host}/dashboard/${slug}`;
}

/** Where an organization's settings and tokens are. */
export const settingsPage = ({ mode }: Pick<PolarApi, 'mode'>, slug = 'YOUR-ORGANIZATION'): string =>
  `${dashboardOf(mode, slug)}/settings`;

/** The organization of the access token. @throws {CliError} when Polar refuses the token, or it may not read it */
export async function fetchOrganization(polar: PolarApi): Promise<Organization> {
  const { status, body } = await polar.call('GET', '/v1/organizations/?limit=2');
  if (status === 401) throw refusesToken(polar);
  if (status === 403) throw lacksScopes(polar, ['organizations:read']);
  if (body === undefined) throw isNotPolar(polar, String(status));
  const { items = [] } = body as { items?: Found[] };
  const [organization, ...others] = items;
  if (!organization || others.length > 0)
    throw new CliError(EXIT.failed, `The access token of ${polar.mode} is of no single organization.`, {
      hint: `Floe needs an organization access token. Make one at ${settingsPage(polar)}.`,
    });
  return {
    id: organization.id,
    slug: organization.slug,
    name: organization.name,
    allowsSeveralSubscriptions: organization.subscription_settings?.allow_multiple_subscriptions === true,
  };
}

interface Found {
  id: string;
  slug: string;
  name: string;
  subscription_settings?: { allow_multiple_subscriptions?: boolean };
}

/** Scopes that the token lacks, of those that are needed. Polar does not say what a token has, so each is tried by a call that changes nothing. */
export async function findMissingScopes(polar: PolarApi, needed: readonly string[]): Promise<string[]> {
  const tried = await Promise.all(
    needed.map(async (scope) => {
      const [noun = '', verb] = scope.split(':');
      const path = COLLECTIONS[noun] ?? `/v1/${noun.replaceAll('_', '-')}/`;
      // An empty body is none of anything that can be made: Polar refuses it, after it has looked at the scope.
      const { status, body } =
        verb === 'write' ? await polar.call('POST', path, {}) : await polar.call('GET', `${path}?limit=1`);
      const error = (body as { error?: string } | undefined)?.error;
      return status === 403 && error === 'insufficient_scope' ? [scope] : [];
    }),
  );
  return tried.flat();
}

/** Those whose address is not their name. */
const COLLECTIONS: Record<string, string> = { webhooks: '/v1/webhooks/endpoints' };

/** Of a token that is none of this Polar’s. `cause`: what said so. */
export function refusesToken({ mode, address, tokenFrom }: PolarApi, cause?: unknown): CliError {
  const where = isPolar(address)
    ? `It is unknown, has expired, or is of the other environment: sandbox and live have tokens of their own. Make one at ${settingsPage({ mode })}.`
    : `It is not known at ${address}, which POLAR_${mode.toUpperCase()}_API_URL names. A token of Polar’s own is none of a simulator’s, and one that began afresh has other ones.`;
  return new CliError(EXIT.refused, `Polar refuses the access token of ${mode} (${tokenFrom}).`, {
    hint: where,
    cause,
  });
}

/** Of an answer that Polar would not give. `answer`: what came. */
export function isNotPolar({ mode, address }: PolarApi, answer: string, cause?: unknown): CliError {
  return new CliError(EXIT.failed, `${address} does not answer as Polar does (${answer}).`, {
    hint: isPolar(address)
      ? 'Something between this machine and Polar answers in its place, such as a proxy.'
      : `POLAR_${mode.toUpperCase()}_API_URL names it. Without it, Polar itself is asked.`,
    cause,
  });
}

export function lacksScopes(polar: PolarApi, scopes: readonly string[]): CliError {
  return new CliError(
    EXIT.refused,
    `The access token of ${polar.mode} lacks what is needed here: ${scopes.join(', ')}.`,
    { hint: `Make a token with these scopes as well: ${settingsPage(polar)}` },
  );
}
