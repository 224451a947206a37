import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';

/** Erases a customer in an app, after a yes that has seen who it is. */
export async function eraseCustomer(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asApp(app);
  const { email, payments } = await call('GET /v1/customers/{id}', { params: { id } });
  const who = email === null ? id : `${email} (${id})`;
  const bought = payments.length === 0 ? '' : ' Amounts, ids and what was bought stay.';
  await out.confirm(
    `Erase ${who} in this app? Names, addresses and metadata go, and sessions end. Nothing brings them back.${bought}`,
  );
  await call('DELETE /v1/customers/{id}', { params: { id } });
  out.result({ id, erased: true }, `${id} is being erased. Within minutes nothing describes them any more.`);
}
