import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';

/** Frees the place of a machine, after a yes that has seen its name. */
export async function deactivateMachine(
  context: Context,
  id: string,
  activationId: string,
  { app }: AppOptions,
): Promise<void> {
  const call = (await openGateway(context, PATIENCE)).asApp(app);
  const { display_key, activations } = await call('GET /v1/license-keys/{id}', { params: { id } });
  const activation = activations.find((each) => each.id === activationId);
  if (!activation)
    throw new CliError(EXIT.notFound, `${display_key} has no such activation.`, {
      hint:
        activations.length === 0
          ? 'It has none.'
          : `It has ${activations.map((each) => `${each.label} (${each.id})`).join(', ')}.`,
    });
  await context.out.confirm(
    `Remove ${activation.label} from the licence ${display_key}? The program there is told no when it asks next, and the place is free for another machine. A licence that it keeps for offline use counts until it ends.`,
  );
  await call('DELETE /v1/license-keys/{id}/activations/{activation_id}', {
    params: { id, activation_id: activationId },
  });
  context.out.result(
    { id, activation_id: activationId, removed: true },
    `${activation.label} is removed from ${display_key}.`,
  );
}
