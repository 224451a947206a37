import type { Context } from '../../context.ts';
import { actOnce, type OnceOptions, PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { given } from '../../words/given.rules.ts';
import { describeDiscount } from './describe-discount.ts';
import { readWhatItDoes, type WhatItDoes } from './what-it-does.ts';

interface Options extends WhatItDoes, OnceOptions, AppOptions {
  code?: string | undefined;
  max?: number | undefined;
  maxPerCustomer?: number | undefined;
}

/** Makes a discount, and prints it. */
export async function createDiscount(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const what = await readWhatItDoes(context, call, options);
  const body = {
    ...what,
    ...given({
      code: options.code,
      max_redemptions: options.max,
      max_redemptions_per_customer: options.maxPerCustomer,
    }),
  };
  const discount = await actOnce(
    context,
    options,
    (idempotencyKey) => call('POST /v1/discounts', { body, idempotencyKey }),
    what.ends_at ?? what.starts_at,
  );
  context.out.details(discount, describeDiscount(discount));
}
