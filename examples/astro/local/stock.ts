import { callJson, textField } from '../../../cli/local/http.ts';
import { OFFERS, PRODUCT } from '../src/lib/offers.ts';

interface Polar {
  url: string;
  accessToken: string;
}

/** Puts what the site sells on a new shelf at Polar: a product for each offer, with the benefit that opens its content. */
export async function stockShelf(polar: Polar): Promise<void> {
  const post = (path: string, body: unknown) =>
    callJson('POST', `${polar.url}${path}`, polar.accessToken, body);
  const benefits = new Map<string, string>();
  for (const offer of OFFERS) {
    let benefit = benefits.get(offer.content);
    if (benefit === undefined) {
      const made = await post('/v1/benefits/', {
        type: 'custom',
        description: offer.title.en,
        metadata: { content_id: offer.content },
        properties: { note: null },
      });
      benefit = textField(made, 'id');
      benefits.set(offer.content, benefit);
    }
    const product = await post('/v1/products/', {
      name: `${PRODUCT}:${offer.plan}`,
      description: offer.lead.en,
      recurring_interval: offer.every,
      metadata: offer.metadata,
      prices: [{ amount_type: 'fixed', price_amount: offer.amount, price_currency: 'usd' }],
    });
    await post(`/v1/products/${textField(product, 'id')}/benefits`, { benefits: [benefit] });
  }
}

/** Makes the site known to the gateway. The key is shown this once. */
export async function registerSite(
  gateway: { url: string; adminToken: string },
  siteUrl: string,
): Promise<{ appSlug: string; secretKey: string }> {
  const app = await callJson('POST', `${gateway.url}/admin/apps`, gateway.adminToken, {
    product: PRODUCT,
    mode: 'sandbox',
    name: 'Margin',
    origins: [siteUrl],
    callback_urls: [`${siteUrl}/`],
  });
  return { appSlug: `${PRODUCT}-sandbox`, secretKey: textField(app, 'secret_key') };
}
