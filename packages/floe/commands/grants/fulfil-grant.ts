import type { Context } from '../../context.ts';
import { actOnce, type OnceOptions } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { given } from '../../words/given.rules.ts';
import { describeGrant, type Grant } from './describe-grant.ts';

interface Options extends OnceOptions, AppOptions {
  status: NonNullable<Grant['fulfilment']>['status'];
  by: string;
  comment?: string | undefined;
}

/** Says what somebody did for a grant that people fulfil. */
export async function fulfilGrant(context: Context, id: string, options: Options): Promise<void> {
  const { status, by, comment } = options;
  const call = (await openGateway(context)).asApp(options.app);
  const grant = await actOnce(context, options, (idempotencyKey) =>
    call('POST /v1/grants/{id}/fulfilment', {
      params: { id },
      body: { status, by, ...given({ comment }) },
      idempotencyKey,
    }),
  );
  context.out.details(grant, describeGrant(grant));
}
