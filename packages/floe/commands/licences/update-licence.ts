import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { timeOf } from '../../gateway/filters.ts';
import { given } from '../../words/given.rules.ts';
import { describeLicence, type Licence } from './describe-licence.ts';
import type { TypedLimit } from './parse-limit.ts';
import { whatIsTaken } from './what-is-taken.rules.ts';

interface Options extends AppOptions {
  status?: Licence['status'] | undefined;
  limitActivations?: TypedLimit | undefined;
  limitUsage?: TypedLimit | undefined;
  usage?: number | undefined;
  expires?: string | undefined;
}

/** Changes a licence key, after a question where that takes something from its customer. */
export async function updateLicence(context: Context, id: string, options: Options): Promise<void> {
  const { expires } = options;
  const change = given({
    status: options.status,
    limit_activations: noneIsNull(options.limitActivations),
    limit_usage: noneIsNull(options.limitUsage),
    usage: options.usage,
    expires_at: expires === 'never' ? null : timeOf(context, '--expires', expires, 'ahead'),
  });
  if (Object.keys(change).length === 0)
    throw new CliError(EXIT.usage, 'Nothing is to be changed.', {
      hint: 'floe licences update --help says what can be.',
    });
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const before = await call('GET /v1/license-keys/{id}', { params: { id } });
  const taken = whatIsTaken(before, change);
  if (taken.length > 0)
    await context.out.confirm(
      `Change the licence ${before.display_key} of ${before.customer ?? 'nobody that is known'}? ${taken.join(' ')}`,
    );
  const licence = await call('PATCH /v1/license-keys/{id}', { params: { id }, body: change });
  context.out.details(licence, describeLicence(licence));
}

const noneIsNull = (limit: TypedLimit | undefined) => (limit === 'none' ? null : limit);
