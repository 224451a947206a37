import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeEndpoint } from './describe-endpoint.ts';
import { bodyOf, type EndpointOptions } from './endpoint-options.ts';

/** Adds an endpoint, and prints its secret this once. */
export async function createEndpoint(
  context: Context,
  url: string,
  options: EndpointOptions &
    AppOptions & { paused?: true | undefined; format?: 'standard' | 'slack' | 'discord' | undefined },
): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const endpoint = await call('POST /v1/webhook-endpoints', {
    body: {
      url,
      ...bodyOf(options),
      ...(options.format === undefined ? {} : { format: options.format }),
      ...(options.paused ? { enabled: false } : {}),
    },
  });
  context.out.details(endpoint, [...describeEndpoint(endpoint), ['secret', endpoint.secret]]);
  context.out.note('The secret is not shown again. floe endpoints rotate-secret makes another one.');
}
