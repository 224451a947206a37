import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';

interface Options extends AppOptions {
  remove?: true | undefined;
}

/** Says which of the app's users a customer is, after a yes that has seen who it is; or takes that back. */
export async function nameCustomer(
  context: Context,
  id: string,
  externalId: string,
  options: Options,
): Promise<void> {
  const { out } = context;
  const isOver = options.remove === true;
  const call = (await openGateway(context)).asApp(options.app);
  const { email } = await call('GET /v1/customers/{id}', { params: { id } });
  const who = email === null ? id : `${email} (${id})`;
  const params = { id, external_id: externalId };
  const user = `external:${externalId}`;
  if (isOver) {
    await out.confirm(`Is ${who} not ${user}? What they have bought does not open for ${user} any more.`);
    await call('DELETE /v1/customers/{id}/external-ids/{external_id}', { params });
  } else {
    await out.confirm(`Is ${who} your user ${user}? What they have bought opens for ${user} from then on.`);
    await call('PUT /v1/customers/{id}/external-ids/{external_id}', { params });
  }
  out.result(
    { id, external_id: externalId, named: !isOver },
    `${id} is ${isOver ? 'not ' : ''}${user}${isOver ? ' any more' : ''}.`,
  );
}
