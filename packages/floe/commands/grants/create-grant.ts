import type { Context } from '../../context.ts';
import { actOnce, type OnceOptions } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { timeOf } from '../../gateway/filters.ts';
import { given } from '../../words/given.rules.ts';
import { describeOwnGrant } from './describe-grant.ts';

interface Options extends OnceOptions, AppOptions {
  customer: string;
  resource: string[];
  reason: string;
  expires?: string | undefined;
}

/** Gives a customer something that nobody paid for. */
export async function createGrant(context: Context, options: Options): Promise<void> {
  const { customer, resource: resources, reason } = options;
  const expires = timeOf(context, '--expires', options.expires, 'ahead');
  const call = (await openGateway(context)).asApp(options.app);
  const body = { customer, resources, reason, ...given({ expires_at: expires }) };
  const grant = await actOnce(
    context,
    options,
    (idempotencyKey) => call('POST /v1/grants', { body, idempotencyKey }),
    expires,
  );
  context.out.details(grant, describeOwnGrant(grant));
}
