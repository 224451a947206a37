import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { openGateway } from '../../gateway/client.ts';

/** Gives a product to an app, from the next purchase on. What was bought already stays where it is. */
export async function assignProduct(context: Context, product: string, app: string): Promise<void> {
  await putOwner(context, product, app);
}

/** Takes the operator's word back: metadata and name say whose it is. */
export async function unassignProduct(context: Context, product: string): Promise<void> {
  await putOwner(context, product, null);
}

async function putOwner(context: Context, id: string, app: string | null): Promise<void> {
  const call = (await openGateway(context)).asOperator();
  const { data } = await call('GET /admin/products');
  const product = data.find((each) => each.id === id);
  if (!product)
    throw new CliError(EXIT.notFound, `The gateway knows no product ${id}.`, { hint: 'floe products list' });
  const owner = await call('POST /admin/products/{id}/owner', {
    params: { id },
    body: { mode: product.mode, app },
  });
  context.out.result(
    owner,
    `${owner.name} (${owner.mode}) is ${owner.app === null ? 'nobody’s' : `${owner.app}’s`}.`,
  );
}
