import type { Context } from '../../context.ts';
import { openGateway } from '../../gateway/client.ts';
import { keepSecretKey, nameOfKeeper } from '../../profiles/keep-secret-key.ts';
import { describeApp } from './show-app.ts';

interface Options {
  mode: 'live' | 'sandbox';
  callback: string[];
  origin?: string[] | undefined;
  name?: string | undefined;
  webhook?: string | undefined;
  ownsUnclaimed?: true | undefined;
  foreignCodes?: true | undefined;
  graceDays?: number | undefined;
  noticeDays?: number | undefined;
  disputeAccess?: 'keep' | 'suspend' | undefined;
  keep?: true | undefined;
}

/** Creates an app, and prints its keys this once. */
export async function createApp(context: Context, product: string, options: Options): Promise<void> {
  const gateway = await openGateway(context);
  const keeper = options.keep ? nameOfKeeper(gateway.profile) : undefined;
  const { name, webhook, graceDays, noticeDays, disputeAccess } = options;
  const app = await gateway.asOperator()('POST /admin/apps', {
    body: {
      product,
      mode: options.mode,
      callback_urls: options.callback,
      origins: options.origin ?? [],
      owns_unclaimed: options.ownsUnclaimed ?? false,
      allows_foreign_codes: options.foreignCodes ?? false,
      ...(name === undefined ? {} : { name }),
      ...(webhook === undefined ? {} : { webhook_url: webhook }),
      ...(graceDays === undefined ? {} : { past_due_grace_days: graceDays }),
      ...(noticeDays === undefined ? {} : { ending_notice_days: noticeDays }),
      ...(disputeAccess === undefined ? {} : { dispute_access: disputeAccess }),
    },
  });
  if (keeper !== undefined) await keepSecretKey(context, keeper, app.slug, app.secret_key);
  context.out.details(app, [
    ...describeApp(app),
    ['secret key', keeper === undefined ? app.secret_key : `kept in the profile ${keeper}`],
    ['publishable key', app.publishable_key],
    ...(app.webhook_secret === undefined ? [] : [['webhook secret', app.webhook_secret] as const]),
  ]);
  context.out.note(
    'What is secret here is not shown again. Who has lost a key makes another one: floe keys create.',
  );
}
