import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeEndpoint } from './describe-endpoint.ts';
import { bodyOf, type EndpointOptions } from './endpoint-options.ts';

interface Options extends EndpointOptions, AppOptions {
  url?: string | undefined;
  pause?: true | undefined;
  resume?: true | undefined;
}

/** Changes what is given, and prints the endpoint. */
export async function updateEndpoint(context: Context, id: string, options: Options): Promise<void> {
  const { url, pause, resume } = options;
  const body = {
    ...bodyOf(options),
    ...(url === undefined ? {} : { url }),
    ...(pause || resume ? { enabled: resume === true } : {}),
  };
  if (Object.keys(body).length === 0)
    throw new CliError(EXIT.usage, 'What is to change?', { hint: 'floe endpoints update --help' });
  const call = (await openGateway(context)).asApp(options.app);
  const endpoint = await call('PATCH /v1/webhook-endpoints/{id}', { params: { id }, body });
  context.out.details(endpoint, describeEndpoint(endpoint));
}
