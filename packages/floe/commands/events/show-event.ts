import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeEvent } from './describe-event.ts';

/** Prints one event with its body, as endpoints get it. */
export async function showEvent(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asApp(app);
  const event = await call('GET /v1/events/{id}', { params: { id } });
  out.details(event, describeEvent(event));
  if (!out.isJson) out.item(undefined, `\n${JSON.stringify(event.body, null, 2)}`);
}
