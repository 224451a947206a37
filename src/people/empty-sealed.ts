import { log } from '../base/log.ts';
import { seal, unseal } from '../base/sealed.ts';
import type { Services } from '../base/services.ts';

/** An encrypted body emptied by `empty`, and encrypted again. One that does not open stays: nobody can read it any more. */
export async function emptySealed(
  { config }: Pick<Services, 'config'>,
  context: string,
  sealed: string,
  empty: (body: string) => string,
): Promise<string> {
  try {
    return await seal(config, context, empty(await unseal(config, context, sealed)));
  } catch (error) {
    log('error', 'a stored body does not open', { context, error });
    return sealed;
  }
}
