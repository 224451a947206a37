import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeDiscount } from './describe-discount.ts';
import { findDiscount } from './find-discount.ts';

/** Prints one discount, and how often it was used. */
export async function showDiscount(context: Context, named: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const discount = await findDiscount(call, named);
  context.out.details(discount, describeDiscount(discount));
}
