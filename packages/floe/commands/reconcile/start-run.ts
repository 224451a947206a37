import type { Context } from '../../context.ts';
import { chooseMode } from '../../gateway/choose-mode.ts';
import { openGateway } from '../../gateway/client.ts';
import { given } from '../../words/given.rules.ts';
import { describeRun, type Run } from './describe-run.ts';
import { untilOver } from './watch-run.ts';

interface Options {
  mode?: Run['mode'] | undefined;
  scope?: Run['scope'] | undefined;
  grace?: number | undefined;
  repairWebhook?: true | undefined;
  watch?: true | undefined;
}

/** Starts a comparison with Polar; with `watch` waits until it is over. */
export async function startRun(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asOperator();
  const { scope, grace, repairWebhook } = options;
  const mode = await chooseMode(call, options.mode);
  const run = await call('POST /admin/reconcile', {
    body: { mode, ...given({ scope, grace_seconds: grace, repair_webhook: repairWebhook }) },
  });
  if (options.watch) return untilOver(context, call, run);
  context.out.details(run, describeRun(run));
  context.out.note(`To wait for its end: floe reconcile watch ${run.id}`);
}
