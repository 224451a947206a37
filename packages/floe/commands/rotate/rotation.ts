import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Gateway } from '../../gateway/client.ts';
import type { SecretStore } from '../../secrets/secret-store.ts';
import type { SecretsView } from './settings.rules.ts';

/* What all rotations share: asking the gateway, waiting, and saying how it stands. */

export interface Rotation {
  context: Context;
  call: ReturnType<Gateway['asOperator']>;
  store: SecretStore;
}

export interface RotateOptions {
  wait?: true | undefined;
  again?: true | undefined;
}

/** How often the gateway is asked whether it has a new value, and how many times in a row it must say so: other isolates may be older. */
const ASK_EVERY_MS = 2_000;
const ASKED_AT_MOST = 90;
const IN_A_ROW = 3;
/** A pause of `--wait`, so that Ctrl-C and a clock that is set are noticed. */
const LONGEST_PAUSE_MS = 60_000;

/** Waits until the gateway runs with what was set: `isThere` says so of what it answers. @throws {CliError} */
export async function untilGatewayHas(
  { context, call }: Pick<Rotation, 'context' | 'call'>,
  isThere: (view: SecretsView) => boolean,
): Promise<void> {
  let row = 0;
  for (let asked = 0; asked < ASKED_AT_MOST; asked++) {
    row = isThere(await call('GET /admin/secrets')) ? row + 1 : 0;
    if (row === IN_A_ROW) return;
    await context.sleep(ASK_EVERY_MS);
  }
  throw new CliError(EXIT.unavailable, 'The gateway does not run with the new secret yet.', {
    hint: 'Run the same command again in a minute: it goes on from there. npx wrangler deployments list shows what runs.',
  });
}

/** Says how far it came, and until when there is nothing to do. @returns whether to go on, after the wait */
export async function waitOrLeave(
  { context }: Pick<Rotation, 'context'>,
  what: { purpose: string; mode?: string | undefined },
  { until, why }: { until: number; why: string },
  wait: boolean,
): Promise<boolean> {
  const { out } = context;
  const at = new Date(until).toISOString();
  if (!wait) {
    out.result(
      { ...what, status: 'waiting', come_back_at: at, why },
      `${why} Come back after ${at}: the same command goes on. With --wait it waits.`,
    );
    return false;
  }
  out.note(`${why} Waiting until ${at}.`);
  while (context.now() < until) await context.sleep(Math.min(until - context.now(), LONGEST_PAUSE_MS));
  return true;
}

/** The last line of a rotation that has come to its end. */
export function sayDone(
  { context }: Pick<Rotation, 'context'>,
  what: { purpose: string; mode?: string | undefined },
  why: string,
): void {
  context.out.result({ ...what, status: 'done', why }, why);
}
