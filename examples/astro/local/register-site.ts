import { callJson, textField } from '../../../cli/local/http.ts';

/** Makes the site known to the gateway. The key is shown this once. */
export async function registerSite(
  gateway: { url: string; adminToken: string },
  siteUrl: string,
): Promise<{ appSlug: string; secretKey: string }> {
  // The app that sells what floe.config.yaml calls its product.
  const product = 'margin';
  const app = await callJson('POST', `${gateway.url}/admin/apps`, gateway.adminToken, {
    product,
    mode: 'sandbox',
    name: 'Margin',
    origins: [siteUrl],
    callback_urls: [`${siteUrl}/`],
  });
  return { appSlug: `${product}-sandbox`, secretKey: textField(app, 'secret_key') };
}
