import type { Context } from '../../context.ts';
import { actOnce, type OnceOptions, PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { findProduct } from '../../gateway/find-product.ts';
import { given } from '../../words/given.rules.ts';
import { describePayment } from './describe-payment.ts';

interface Options extends OnceOptions, AppOptions {
  product: string;
  email?: string | undefined;
  name?: string | undefined;
  externalId?: string | undefined;
  successUrl?: string | undefined;
  discountCode?: string | undefined;
  seats?: number | undefined;
  locale?: string | undefined;
  metadata?: Record<string, string> | undefined;
}

/** Opens a checkout, and prints where the buyer pays. */
export async function createPayment(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const customer = given({ email: options.email, name: options.name, external_id: options.externalId });
  const body = {
    product_id: await findProduct(call, options.product),
    customer,
    ...given({
      success_url: options.successUrl,
      discount_code: options.discountCode,
      seats: options.seats,
      locale: options.locale,
      metadata: options.metadata,
    }),
  };
  const payment = await actOnce(context, options, (idempotencyKey) =>
    call('POST /v1/payments', { body, idempotencyKey }),
  );
  context.out.details(payment, describePayment(payment));
  context.out.note('Send the buyer to the checkout’s address.');
}
