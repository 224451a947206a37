import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describePayment } from './describe-payment.ts';

/** Prints one payment. */
export async function showPayment(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const payment = await call('GET /v1/payments/{id}', { params: { id } });
  context.out.details(payment, describePayment(payment));
}
