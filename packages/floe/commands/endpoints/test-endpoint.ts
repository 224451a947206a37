import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';

/** Sends a test message. @throws {CliError} when it was not accepted */
export async function testEndpoint(
  context: Context,
  id: string,
  { type, app }: AppOptions & { type?: string | undefined },
): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const test = await context.out.step('Sending a test', () =>
    call('POST /v1/webhook-endpoints/{id}/test', {
      params: { id },
      body: type === undefined ? {} : { type },
    }),
  );
  context.out.details(test, [
    ['event', test.event_id],
    ['accepted', test.delivered ? 'yes' : 'no'],
    ['status', test.status],
    ['took', `${test.latency_ms} ms`],
    ['error', test.message ?? test.error],
    ['answer', test.response],
  ]);
  if (!test.delivered) throw new CliError(EXIT.failed, 'The test was not accepted.');
}
