import type { Api } from '../../../kit/api.ts';
import type { Context } from '../../context.ts';
import { actOnce, type OnceOptions, PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, type Call, openGateway } from '../../gateway/client.ts';
import { findProduct } from '../../gateway/find-product.ts';
import { findDiscount } from '../discounts/find-discount.ts';
import { describeCampaign } from './describe-campaign.ts';

interface Options extends OnceOptions, AppOptions {
  name: string;
  code: string;
  rule: string[];
}

/** Makes one code of several discounts, in the order in which they are typed. */
export async function createCampaign(context: Context, options: Options): Promise<void> {
  const { name, code } = options;
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const rules = await Promise.all(options.rule.map((typed) => readRule(call, typed)));
  const campaign = await actOnce(context, options, (idempotencyKey) =>
    call('POST /v1/campaigns', { body: { name, code, rules }, idempotencyKey }),
  );
  context.out.details(campaign, describeCampaign(campaign));
  context.out.note('Ask for the code on your own page: Polar’s does not know it.');
}

/** `DISCOUNT`, or `DISCOUNT=product,product`. */
async function readRule(call: Call<keyof Api>, typed: string) {
  const [named = '', products] = typed.split('=', 2);
  const { id } = await findDiscount(call, named);
  if (products === undefined) return { discount_id: id };
  const ids = await Promise.all(products.split(',').map((each) => findProduct(call, each)));
  return { discount_id: id, product_ids: ids };
}
