import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { takesOff, used } from './describe-discount.ts';
import { findDiscount } from './find-discount.ts';

/** Deletes a discount, after a yes that has seen what it is. */
export async function deleteDiscount(context: Context, named: string, { app }: AppOptions): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asApp(app);
  const discount = await findDiscount(call, named);
  const { id, code, name } = discount;
  await out.confirm(
    `Delete ${code ?? name} (${takesOff(discount)} off, used ${used(discount)})? Nobody can use it any more. Subscriptions that have it keep it.`,
  );
  await call('DELETE /v1/discounts/{id}', { params: { id } });
  out.result({ id, deleted: true }, `${code ?? name} is deleted.`);
}
