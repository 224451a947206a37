import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';

/** Makes a new secret, and prints it this once. Without an overlap, after a yes. */
export async function rotateEndpointSecret(
  context: Context,
  id: string,
  { overlap, app }: AppOptions & { overlap?: number | undefined },
): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  if (overlap === 0)
    await context.out.confirm(
      `Make a new secret of ${id} at once? Its receiver refuses messages until it has it.`,
    );
  const rotated = await call('POST /v1/webhook-endpoints/{id}/rotate-secret', {
    params: { id },
    body: overlap === undefined ? {} : { overlap_seconds: overlap },
  });
  context.out.details(rotated, [
    ['endpoint', rotated.id],
    ['secret', rotated.secret],
    ['older secrets sign until', rotated.previous_secrets_expire_at ?? 'now'],
  ]);
  context.out.note('The secret is not shown again.');
}
