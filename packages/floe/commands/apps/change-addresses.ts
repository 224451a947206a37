import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { openGateway } from '../../gateway/client.ts';

interface Options {
  field: 'origins' | 'callback_urls';
  add?: string[] | undefined;
  remove?: string[] | undefined;
}

/** Prints the addresses that an app knows, after some were added and removed. */
export async function changeAddresses(context: Context, slug: string, options: Options): Promise<void> {
  const { field, add = [], remove = [] } = options;
  const call = (await openGateway(context)).asOperator();
  const params = { app: slug };
  const before = (await call('GET /admin/apps/{app}', { params }))[field];
  const unknown = remove.find((url) => !before.includes(url));
  if (unknown !== undefined)
    throw new CliError(EXIT.notFound, `${unknown} is none of them: ${before.join(', ') || 'there is none'}.`);
  const wanted = [...new Set([...before, ...add])].filter((url) => !remove.includes(url));
  const isSame = wanted.length === before.length && wanted.every((url) => before.includes(url));
  const after = isSame
    ? before
    : (await call('PATCH /admin/apps/{app}', { params, body: { [field]: wanted } }))[field];
  context.out.result(
    { app: slug, [field]: after },
    after.length === 0 ? `${slug} allows none.` : after.join('\n'),
  );
}
