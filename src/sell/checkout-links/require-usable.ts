import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { describeErrors, Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { checkCallbackUrl } from '../../http/callback-urls.rules.ts';
import { campaignByCodeStatement } from '../campaigns/campaigns.rows.ts';
import { requireRules } from '../campaigns/open-with-first.ts';
import { refuseContradictions } from '../refuse-contradictions.ts';
import { resolveDiscounts } from '../resolve-discount.ts';
import { readProduct, requireProduct } from '../sold-product.ts';
import { type LinkSettings, productsOf, toPayment } from './link-settings.ts';

/**
 * Refuses settings by which no checkout could begin: products, prices and discounts of others, and addresses that are not the app's.
 * @throws {Problem} `validation_failed`, `disallowed_url`, `unknown_product`, `product_archived`, `unknown_discount`,
 * `foreign_discount_codes`, `polar_…`
 */
export async function requireUsable(services: Services, app: AppRow, settings: LinkSettings): Promise<void> {
  await requireCheckout(services, app, settings).catch((error: unknown) => {
    throw inSettings(error);
  });
}

/** Names the fields where they stand in the request. */
function inSettings(error: unknown): unknown {
  if (!(error instanceof Problem) || error.init.errors === undefined) return error;
  const errors = error.init.errors.map(({ path, message }) => ({
    path: path.replace(/^body\b/, 'body.settings'),
    message,
  }));
  return new Problem(error.code, { ...error.init, errors, detail: describeErrors(errors), cause: error });
}

async function requireCheckout(services: Services, app: AppRow, settings: LinkSettings): Promise<void> {
  const products = productsOf(settings);
  if (products.length === 0)
    throw refused('validation_failed', 'body.product_id', 'Name the product: product_id or product_ids.');
  if (settings.product_ids && settings.product_ids.length < products.length)
    throw refused(
      'validation_failed',
      'body.product_id',
      'Must be one of product_ids: the one that is chosen at first.',
    );
  const payment = toPayment(settings, '');
  refuseContradictions(settings, payment, products);
  refuseUrls(services, app, settings);
  const { discountCode } = payment;
  const { campaign, ...found } = await runBatch(services.database, {
    ...readProduct(app, payment),
    campaign: discountCode === undefined ? [] : [campaignByCodeStatement(app, discountCode)],
  });
  await requireProduct(services, app, payment, found);
  const [ofCode] = campaign.flat();
  if (ofCode) requireRules(ofCode, products);
  const wish = ofCode ? { ...payment, discountCode: undefined } : payment;
  await resolveDiscounts(services, app, wish, 'body');
}

function refuseUrls({ config }: Services, app: AppRow, settings: LinkSettings): void {
  const registrant = { slug: app.slug, development: config.development };
  const errors = (['success_url', 'return_url'] as const).flatMap((name) => {
    const given = settings[name] ?? (name === 'success_url' ? app.callbackUrls[0] : undefined);
    if (given === undefined)
      return name === 'success_url'
        ? [{ path: 'body.success_url', message: 'The app has no callback URL: register one.' }]
        : [];
    const checked = checkCallbackUrl(given, app.callbackUrls, registrant);
    return checked.ok ? [] : [{ path: `body.${name}`, message: checked.error }];
  });
  if (errors.length > 0) throw new Problem('disallowed_url', { detail: describeErrors(errors), errors });
}

function refused(code: 'validation_failed', path: string, message: string): Problem {
  return new Problem(code, { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
