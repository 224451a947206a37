import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { actOnce, type OnceOptions, PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { timeOf } from '../../gateway/filters.ts';
import { findProduct } from '../../gateway/find-product.ts';
import { given } from '../../words/given.rules.ts';
import { customerName, productName } from '../../words/names.rules.ts';
import { describeGift } from './describe-gift.ts';

interface Options extends OnceOptions, AppOptions {
  product?: string | undefined;
  payment?: string | undefined;
  to?: string | undefined;
  sendAt?: string | undefined;
  fromName?: string | undefined;
  message?: string | undefined;
  redirectUrl?: string | undefined;
  expiresIn?: number | undefined;
  email?: string | undefined;
  externalId?: string | undefined;
}

/** Opens a checkout for a gift; or gives away what was bought, after a question. */
export async function createGift(context: Context, options: Options): Promise<void> {
  const { out } = context;
  const { product, payment } = options;
  if ((product === undefined) === (payment === undefined))
    throw new CliError(EXIT.usage, 'A gift is of a --product, or of a --payment that was made.');
  const sendAt = timeOf(context, '--send-at', options.sendAt, 'ahead');
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  if (payment !== undefined) {
    const bought = await call('GET /v1/payments/{id}', { params: { id: payment } });
    await out.confirm(
      `Make ${productName(bought.product)} (${bought.id}) of ${customerName(bought.customer)} a gift? It stops counting for its buyer at once, until somebody accepts it.`,
    );
  }
  const customer = given({ email: options.email, external_id: options.externalId });
  const body = given({
    product_id: product === undefined ? undefined : await findProduct(call, product),
    payment,
    to_email: options.to,
    send_at: sendAt,
    from_name: options.fromName,
    message: options.message,
    redirect_url: options.redirectUrl,
    expires_in_days: options.expiresIn,
    customer: Object.keys(customer).length === 0 ? undefined : customer,
  });
  const gift = await actOnce(
    context,
    options,
    (idempotencyKey) => call('POST /v1/gifts', { body, idempotencyKey }),
    sendAt,
  );
  out.details(gift, [
    ...describeGift(gift),
    ...(gift.checkout_url === null ? [] : [['checkout', gift.checkout_url] as const]),
    ...(gift.claim_url === null ? [] : [['link', gift.claim_url] as const]),
  ]);
  if (gift.checkout_url !== null) out.note('Send the giver to the checkout’s address.');
  if (gift.claim_url !== null) out.note('The link is printed this once. Whoever has it can accept the gift.');
}
