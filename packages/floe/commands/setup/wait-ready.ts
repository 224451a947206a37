import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';

/** A new custom domain gets its certificate in a few minutes. */
const TRIES = 150;
const PAUSE_MS = 2_000;

interface Health {
  status?: string;
  problems?: { part: string; why: string }[];
  detail?: string;
}

/** Waits until a gateway answers at its address and says that all its parts are ready. @throws {CliError} which says what is not */
export async function waitUntilReady(context: Context, url: string): Promise<void> {
  let last = 'it did not answer';
  for (let tried = 0; tried < TRIES; tried++) {
    const response = await context.fetch(`${url}/health`, { signal: context.signal }).catch(() => {
      context.signal.throwIfAborted();
      return undefined;
    });
    const health = (await response?.json().catch(() => undefined)) as Health | undefined;
    if (health?.status === 'ready') return;
    if (health)
      last =
        health.problems?.map(({ part, why }) => `${part}: ${why}`).join(' ') ??
        health.detail ??
        `it answered ${response?.status}`;
    await context.sleep(PAUSE_MS);
  }
  throw new CliError(EXIT.unavailable, `The gateway is deployed, and not ready at ${url}: ${last}`, {
    hint: 'A new domain can take a few minutes. Run the same command again: it goes on where it stopped.',
  });
}
