import { SHELVES } from '../../examples/site/tenants.ts';
import { callJson, HttpError, textField, textsField } from './http.ts';
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
  const addresses = addressesOf(product, urls.site);
  const receiver = `${urls.site}/hooks/${product}`;
  if (!known) {
    const app = await callJson('POST', `${urls.gateway}/admin/apps`, adminToken, {
      product,
      name: SHELVES[product].title,
      mode: 'sandbox',
      ...addresses,
      owns_unclaimed: ownsUnclaimed,
    });
    const keys = {
      secretKey: textField(app, 'secret_key'),
      publishableKey: textField(app, 'publishable_key'),
    };
    return { ...keys, endpoint: await addEndpoint(urls.gateway, keys.secretKey, receiver) };
  }
  await moveSite(`${urls.gateway}/admin/apps/${product}-sandbox`, adminToken, {
    former: known.endpoint && addressesOf(product, new URL(known.endpoint.url).origin),
    now: addresses,
  });
  if (known.endpoint?.url === receiver && (await endpointIsThere(urls.gateway, known))) return known;
  const endpoint = await addEndpoint(urls.gateway, known.secretKey, receiver);
  // The site does not listen at its old address any more.
  if (known.endpoint) await removeEndpoint(urls.gateway, known.secretKey, known.endpoint.id);
  return { ...known, endpoint };
}

interface Addresses {
  origins: string[];
  callback_urls: string[];
}

/** What an app has registered of the demo site. */
function addressesOf(product: Tenant, site: string): Addresses {
  // Buyers come back to the first when a payment names no `success_url`; the second allows every page of the site.
  return { origins: [site], callback_urls: [site + WELCOME_PATHS[product], `${site}/`] };
}

/** Registers where the site is this time instead of where it was. What a developer has added stays, in its place. */
async function moveSite(
  app: string,
  adminToken: string,
  { former, now }: { former: Addresses | undefined; now: Addresses },
): Promise<void> {
  const registered = await callJson('GET', app, adminToken);
  const merged = (name: keyof Addresses) =>
    merge(textsField(registered, name), former?.[name] ?? [], now[name]);
  await callJson('PATCH', app, adminToken, {
    origins: merged('origins'),
    callback_urls: merged('callback_urls'),
  });
}

/** Puts `now` where the first of `former` was, or first when none of them is there. */
function merge(registered: string[], former: string[], now: string[]): string[] {
  const isSite = (url: string) => former.includes(url) || now.includes(url);
  const place = Math.max(0, registered.findIndex(isSite));
  const others = registered.filter((url) => !isSite(url));
  return [...others.slice(0, place), ...now, ...others.slice(place)];
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
