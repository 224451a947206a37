import type { Context } from '../../context.ts';
import { exportToFile, type ExportOptions } from '../../gateway/export-to-file.ts';
import { createdRange, timeOf } from '../../gateway/filters.ts';
import { given } from '../../words/given.rules.ts';

interface Options extends ExportOptions {
  status?: string | undefined;
  renewsBefore?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

/** Writes an app's subscriptions to a file. */
export async function exportSubscriptions(context: Context, options: Options): Promise<void> {
  const { status } = options;
  const renews_before = timeOf(context, '--renews-before', options.renewsBefore, 'ahead');
  await exportToFile(
    context,
    'subscriptions',
    { ...given({ status, renews_before }), ...createdRange(context, options) },
    options,
  );
}
