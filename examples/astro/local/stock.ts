import path from 'node:path';
import { listProducts } from '../../../cli/local/catalogue.ts';
import { callJson, listField, textField } from '../../../cli/local/http.ts';
import { makeFileBenefit } from '../../../cli/local/upload-file.ts';
import { type Offer, OFFERS, PRODUCT } from '../src/lib/offers.ts';

interface Polar {
  url: string;
  accessToken: string;
}

/**
 * Creates what the site sells at Polar: a product for each offer, with the benefit that opens its content. What exists
 * already, by name and by `content_id`, stays as it is: prices are changed at Polar. Gives the names of what is new.
 */
export async function stockShelf(polar: Polar): Promise<string[]> {
  const call = (method: string, path: string, body?: unknown) =>
    callJson(method, `${polar.url}${path}`, polar.accessToken, body);
  const known = new Set((await listProducts(polar)).map(({ name }) => name));
  const benefits = new Map<string, string>();
  for (const benefit of listField(await call('GET', '/v1/benefits/?limit=100'), 'items')) {
    const { content_id: content } = Object(benefit['metadata']) as Record<string, unknown>;
    if (typeof content === 'string') benefits.set(content, textField(benefit, 'id'));
  }
  const added: string[] = [];
  for (const offer of OFFERS) {
    const name = `${PRODUCT}:${offer.plan}`;
    if (known.has(name)) continue;
    let benefit = benefits.get(offer.content);
    if (benefit === undefined) {
      const made = await call('POST', '/v1/benefits/', {
        type: 'custom',
        description: offer.benefit,
        metadata: { content_id: offer.content },
        properties: { note: null },
      });
      benefit = textField(made, 'id');
      benefits.set(offer.content, benefit);
    }
    const product = await call('POST', '/v1/products/', {
      name,
      description: offer.lead.en,
      recurring_interval: offer.every,
      metadata: offer.metadata,
      prices: [{ amount_type: 'fixed', price_amount: offer.amount, price_currency: 'usd' }],
    });
    const files = offer.files ? [await makeFileBenefit(polar, toUpload(offer.files))] : [];
    await call('POST', `/v1/products/${textField(product, 'id')}/benefits`, {
      benefits: [benefit, ...files],
    });
    added.push(name);
  }
  return added;
}

/** Where the files of an offer are. */
const toUpload = ({ names, ...benefit }: NonNullable<Offer['files']>) => ({
  ...benefit,
  files: names.map(({ name, version }) => ({
    file: path.join(import.meta.dirname, '..', 'files', name),
    version,
  })),
});

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
