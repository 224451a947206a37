import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { type Call, openGateway } from '../../gateway/client.ts';
import type { OperatorApi } from '../../gateway/operator-api.ts';
import { count } from '../../words/names.rules.ts';
import { describeRun, isWanting, type Run } from './describe-run.ts';

const BETWEEN_MS = 2_000;

/** Prints one run. */
export async function showRun(context: Context, id: string): Promise<void> {
  const call = (await openGateway(context)).asOperator();
  const run = await call('GET /admin/reconcile/{id}', { params: { id } });
  context.out.details(run, describeRun(run));
}

/** Ends a run. */
export async function cancelRun(context: Context, id: string): Promise<void> {
  const call = (await openGateway(context)).asOperator();
  const run = await call('POST /admin/reconcile/{id}/cancel', { params: { id } });
  context.out.details(run, describeRun(run));
}

/** Waits until a run is over, the newest one unless one is named, and prints it. */
export async function watchRun(context: Context, id: string | undefined): Promise<void> {
  const call = (await openGateway(context)).asOperator();
  if (id !== undefined)
    return untilOver(context, call, await call('GET /admin/reconcile/{id}', { params: { id } }));
  const [newest] = (await call('GET /admin/reconcile', { query: { limit: 1 } })).data;
  if (!newest) throw new CliError(EXIT.notFound, 'There is no run.', { hint: 'floe reconcile start --help' });
  await untilOver(context, call, newest);
}

/** @throws {CliError} when the run failed, or could not mend all that differs */
export async function untilOver(
  context: Context,
  call: Call<keyof OperatorApi>,
  started: Run,
): Promise<void> {
  const { out } = context;
  let run = started;
  let said = '';
  while (run.status === 'running') {
    const line = run.error ?? `${count(run.remaining.length, 'kind')} of objects left to compare`;
    if (line !== said) out.note(`${line} …`);
    said = line;
    await context.sleep(BETWEEN_MS);
    run = await call('GET /admin/reconcile/{id}', { params: { id: run.id } });
  }
  out.details(run, describeRun(run));
  if (run.status === 'failed') throw new CliError(EXIT.failed, 'The run failed.');
  if (isWanting(run.report)) throw new CliError(EXIT.failed, 'Not all that differs could be mended.');
}
