import type { Context } from '../../context.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeLicence } from './describe-licence.ts';

interface Options extends AppOptions {
  reveal?: true | undefined;
}

/** Prints a licence key with its activations; whole only when that is asked for. */
export async function showLicence(context: Context, id: string, { reveal, app }: Options): Promise<void> {
  const call = (await openGateway(context, PATIENCE)).asApp(app);
  const query = reveal ? ({ reveal: 'true' } as const) : {};
  const licence = await call('GET /v1/license-keys/{id}', { params: { id }, query });
  context.out.details(licence, describeLicence(licence));
}
