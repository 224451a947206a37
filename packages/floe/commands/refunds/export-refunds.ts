import type { Context } from '../../context.ts';
import { exportToFile, type ExportOptions } from '../../gateway/export-to-file.ts';
import { createdRange } from '../../gateway/filters.ts';
import { given } from '../../words/given.rules.ts';

interface Options extends ExportOptions {
  status?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

/** Writes an app's refunds to a file. */
export async function exportRefunds(context: Context, options: Options): Promise<void> {
  const { status } = options;
  await exportToFile(
    context,
    'refunds',
    { ...given({ status }), ...createdRange(context, options) },
    options,
  );
}
