import type { Api } from '../../../kit/api.ts';
import type { Context } from '../../context.ts';
import { actOnce, type OnceOptions, PATIENCE } from '../../gateway/act-once.ts';
import { type CheckoutOptions, readCheckout } from '../../gateway/checkout-options.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { given } from '../../words/given.rules.ts';
import { describePayment } from './describe-payment.ts';

type Buyer = NonNullable<Api['POST /v1/payments']['body']['customer']>;

interface Options extends CheckoutOptions, OnceOptions, AppOptions {
  email?: string | undefined;
  name?: string | undefined;
  externalId?: string | undefined;
  customerId?: string | undefined;
  billingName?: string | undefined;
  billingAddress?: Record<string, unknown> | undefined;
  taxId?: string | undefined;
  business?: true | undefined;
  embedOrigin?: string | undefined;
}

/** Opens a checkout, and prints where the buyer pays. */
export async function createPayment(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const body = {
    ...(await readCheckout(call, options)),
    customer: readBuyer(options),
    ...given({ embed_origin: options.embedOrigin }),
  };
  const payment = await actOnce(context, options, (idempotencyKey) =>
    call('POST /v1/payments', { body, idempotencyKey }),
  );
  context.out.details(payment, describePayment(payment));
  context.out.note('Send the buyer to the checkout’s address.');
}

function readBuyer(options: Options): Buyer {
  return given({
    id: options.customerId,
    email: options.email,
    name: options.name,
    external_id: options.externalId,
    billing_name: options.billingName,
    billing_address: options.billingAddress as Buyer['billing_address'],
    tax_id: options.taxId,
    is_business: options.business,
  });
}
