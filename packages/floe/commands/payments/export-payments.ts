import type { Context } from '../../context.ts';
import { exportToFile, type ExportOptions } from '../../gateway/export-to-file.ts';
import { createdRange } from '../../gateway/filters.ts';
import { given } from '../../words/given.rules.ts';

interface Options extends ExportOptions {
  status?: string | undefined;
  customer?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

/** Writes an app's payments to a file. */
export async function exportPayments(context: Context, options: Options): Promise<void> {
  const { status, customer } = options;
  await exportToFile(
    context,
    'payments',
    { ...given({ status, customer }), ...createdRange(context, options) },
    options,
  );
}
