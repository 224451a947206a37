import type { Context } from '../../context.ts';
import { actOnce, type OnceOptions, PATIENCE } from '../../gateway/act-once.ts';
import { type CheckoutOptions, readCheckout } from '../../gateway/checkout-options.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { given } from '../../words/given.rules.ts';
import { describeLink } from './describe-link.ts';

interface Options extends CheckoutOptions, OnceOptions, AppOptions {
  label?: string | undefined;
}

/** Makes a checkout link, and prints its address. */
export async function createLink(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const body = { settings: await readCheckout(call, options), ...given({ label: options.label }) };
  const link = await actOnce(context, options, (idempotencyKey) =>
    call('POST /v1/checkout-links', { body, idempotencyKey }),
  );
  context.out.details(link, describeLink(link));
  context.out.note('Whoever follows the address gets a checkout of their own.');
}
