import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeCustomer } from './describe-customer.ts';

/** Prints who a customer is, with what they bought, have and spent. */
export async function showCustomer(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const customer = await call('GET /v1/customers/{id}', { params: { id } });
  context.out.details(customer, describeCustomer(customer));
}
