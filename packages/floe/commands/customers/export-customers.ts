import type { Context } from '../../context.ts';
import { exportToFile, type ExportOptions } from '../../gateway/export-to-file.ts';
import { createdRange } from '../../gateway/filters.ts';
import { given } from '../../words/given.rules.ts';

interface Options extends ExportOptions {
  q?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

/** Writes an app's customers to a file. */
export async function exportCustomers(context: Context, options: Options): Promise<void> {
  const query = { ...given({ q: options.q }), ...createdRange(context, options) };
  await exportToFile(context, 'customers', query, options);
}
