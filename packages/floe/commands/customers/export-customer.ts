import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';

interface Options extends AppOptions {
  output?: string | undefined;
}

/** Nobody else of this machine may read what is held about a person. */
const ONLY_MINE = 0o600;

/** Prints all that an app holds about a customer, or writes it to a file. */
export async function exportCustomer(context: Context, id: string, { app, output }: Options): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context, PATIENCE)).asApp(app);
  const held = await call('GET /v1/customers/{id}/export', { params: { id } });
  const text = JSON.stringify(held, null, 2);
  if (output === undefined) out.item(held, text);
  else {
    const file = path.resolve(context.cwd, output);
    await writeFile(file, `${text}\n`, { flag: 'wx', mode: ONLY_MINE }).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
        throw new CliError(EXIT.usage, `${file} is there already.`, { hint: 'Give another --output.' });
      throw error;
    });
    out.result({ file, cut: held.cut }, `Written to ${file}.`);
  }
  if (held.cut.length > 0)
    out.warn(`There is more than fits of: ${held.cut.join(', ')}. Their lists have the rest.`);
}
