import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { openGateway } from '../../gateway/client.ts';
import type { UpdateAppRequest } from '../../gateway/operator-api.ts';
import { describeApp } from './show-app.ts';

interface Options {
  name?: string | undefined;
  ownsUnclaimed?: boolean | undefined;
  foreignCodes?: boolean | undefined;
  graceDays?: number | undefined;
  noticeDays?: number | undefined;
  disputeAccess?: 'keep' | 'suspend' | undefined;
}

/** Changes what is given, and prints the app. */
export async function updateApp(context: Context, app: string, options: Options): Promise<void> {
  const { name, ownsUnclaimed, foreignCodes, graceDays, noticeDays, disputeAccess } = options;
  const body: UpdateAppRequest = {
    ...(name === undefined ? {} : { name }),
    ...(ownsUnclaimed === undefined ? {} : { owns_unclaimed: ownsUnclaimed }),
    ...(foreignCodes === undefined ? {} : { allows_foreign_codes: foreignCodes }),
    ...(graceDays === undefined ? {} : { past_due_grace_days: graceDays }),
    ...(noticeDays === undefined ? {} : { ending_notice_days: noticeDays }),
    ...(disputeAccess === undefined ? {} : { dispute_access: disputeAccess }),
  };
  if (Object.keys(body).length === 0)
    throw new CliError(EXIT.usage, 'What is to change?', { hint: 'floe apps update --help' });
  const gateway = await openGateway(context);
  const changed = await gateway.asOperator()('PATCH /admin/apps/{app}', { params: { app }, body });
  context.out.details(changed, describeApp(changed));
}
