import { callJson, HttpError, textField } from './http.ts';
import type { LocalState } from './state.ts';

/** The two products that share the organization. */
export const TENANTS = ['quay', 'atlas'] as const;
export type Tenant = (typeof TENANTS)[number];

const WELCOME_PATHS: Record<Tenant, string> = { quay: '/welcome', atlas: '/atlas/welcome' };

type TenantState = LocalState['apps'][string];

interface Urls {
  gateway: string;
  site: string;
}

/**
 * Makes sure that an app is there and knows the site, whatever the site's port is this time: created on the first
 * start, changed on the next ones. Gives what is to be kept of it.
 */
export async function setUpTenant(
  product: Tenant,
  known: TenantState | undefined,
  urls: Urls,
  adminToken: string,
  ownsUnclaimed: boolean,
): Promise<TenantState> {
  // The first is where buyers land when a payment names no success_url; the second allows all of the site.
  const settings = {
    origins: [urls.site],
    callback_urls: [urls.site + WELCOME_PATHS[product], `${urls.site}/`],
    owns_unclaimed: ownsUnclaimed,
  };
  const receiver = `${urls.site}/hooks/${product}`;
  if (!known) {
    const app = await callJson('POST', `${urls.gateway}/admin/apps`, adminToken, {
      product,
      mode: 'sandbox',
      ...settings,
    });
    const keys = {
      secretKey: textField(app, 'secret_key'),
      publishableKey: textField(app, 'publishable_key'),
    };
    return { ...keys, endpoint: await addEndpoint(urls.gateway, keys.secretKey, receiver) };
  }
  await callJson('PATCH', `${urls.gateway}/admin/apps/${product}-sandbox`, adminToken, settings);
  if (known.endpoint?.url === receiver && (await endpointIsThere(urls.gateway, known))) return known;
  const endpoint = await addEndpoint(urls.gateway, known.secretKey, receiver);
  // Nobody listens where the site was before.
  if (known.endpoint) await removeEndpoint(urls.gateway, known.secretKey, known.endpoint.id);
  return { ...known, endpoint };
}

async function addEndpoint(gatewayUrl: string, secretKey: string, url: string) {
  const endpoint = await callJson('POST', `${gatewayUrl}/v1/webhook-endpoints`, secretKey, {
    url,
    events: ['*'],
    description: 'The demo site',
  });
  return { id: textField(endpoint, 'id'), url, secret: textField(endpoint, 'secret') };
}

async function endpointIsThere(gatewayUrl: string, { secretKey, endpoint }: TenantState): Promise<boolean> {
  return ifFound(() => callJson('GET', `${gatewayUrl}/v1/webhook-endpoints/${endpoint?.id}`, secretKey));
}

async function removeEndpoint(gatewayUrl: string, secretKey: string, id: string): Promise<void> {
  await ifFound(() => callJson('DELETE', `${gatewayUrl}/v1/webhook-endpoints/${id}`, secretKey));
}

async function ifFound(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return false;
    throw error;
  }
}
