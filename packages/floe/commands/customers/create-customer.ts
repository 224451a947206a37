import type { Context } from '../../context.ts';
import { actOnce, type OnceOptions } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { given } from '../../words/given.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

interface Options extends OnceOptions, AppOptions {
  email?: string | undefined;
  name?: string | undefined;
}

/** Names a user before the first purchase: what their checkouts begin with. */
export async function createCustomer(context: Context, externalId: string, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const body = { external_id: externalId, ...given({ email: options.email, name: options.name }) };
  const prepared = await actOnce(context, options, (idempotencyKey) =>
    call('POST /v1/customers', { body, idempotencyKey }),
  );
  context.out.details(
    prepared,
    saying([
      ['customer', prepared.id],
      ['email', prepared.email],
      ['name', prepared.name],
      ['named first', second(prepared.created_at)],
    ]),
  );
  context.out.note(`To sell to them: floe payments create --external-id ${externalId} --product …`);
}
