import { EVENT_TYPES } from '../../packages/polar-simulator/webhooks/types.ts';
import { callJson, listField, textField } from './http.ts';

interface Polar {
  url: string;
  accessToken: string;
}

/** Has Polar send all its events to the gateway, wherever the gateway listens this time. */
export async function registerWebhook(polar: Polar, gatewayUrl: string, secret: string): Promise<void> {
  const endpoints = `${polar.url}/v1/webhooks/endpoints`;
  const url = `${gatewayUrl}/webhooks/polar`;
  const wanted = { url, format: 'raw', secret, events: EVENT_TYPES };
  const all = listField(await callJson('GET', `${endpoints}?limit=100`, polar.accessToken), 'items');
  // The others are a developer's own, and stay.
  const known = all.find((each) => new URL(textField(each, 'url')).pathname === '/webhooks/polar');
  if (!known) await callJson('POST', endpoints, polar.accessToken, wanted);
  else if (known['url'] !== url || known['enabled'] !== true) {
    await callJson('PATCH', `${endpoints}/${textField(known, 'id')}`, polar.accessToken, {
      url,
      enabled: true,
    });
  }
}

/** The products that Polar sells, oldest first. */
export async function listProducts(polar: Polar): Promise<{ id: string; name: string }[]> {
  const query = 'is_archived=false&sorting=created_at&limit=100';
  const answer = await callJson('GET', `${polar.url}/v1/products/?${query}`, polar.accessToken);
  return listField(answer, 'items').map((product) => ({
    id: textField(product, 'id'),
    name: textField(product, 'name'),
  }));
}
