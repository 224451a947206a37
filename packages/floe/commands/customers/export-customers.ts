import type { Context } from '../../context.ts';
import { exportToFile, type ExportOptions } from '../../gateway/export-to-file.ts';
import { createdRange } from '../../gateway/filters.ts';

interface Options extends ExportOptions {
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

/** Writes an app's customers to a file. */
export async function exportCustomers(context: Context, options: Options): Promise<void> {
  await exportToFile(context, 'customers', createdRange(context, options), options);
}
