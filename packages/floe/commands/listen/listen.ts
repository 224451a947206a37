import { createHash } from 'node:crypto';
import { FloeError } from '../../../kit/problem.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { type ChosenApp, openGateway } from '../../gateway/client.ts';
import { findBeginning, type From } from './begin.ts';
import { FEED_TIMEOUT_MS, readFeed } from './read-feed.ts';
import { parseWithTexts, readTold } from './told-event.ts';
import { forwardEvent } from './forward-event.ts';
import { readTarget } from './forward-to.rules.ts';
import { openKept } from './kept.ts';

/** What an app is called whose key comes from the environment without FLOE_APP. */
const KEY_ALONE = 'FLOE_SECRET_KEY';

export interface ListenOptions {
  forwardTo?: string | undefined;
  app?: string | undefined;
  types?: string | undefined;
  from?: From | undefined;
  name: string;
  skipFailed?: true | undefined;
  printSecret?: true | undefined;
  stdin?: true | undefined;
}

const SECRET = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/;

/** Forwards an app's events to a server of this machine, each until it is taken, in order, until Ctrl-C. */
export async function listen(context: Context, options: ListenOptions): Promise<void> {
  const { out } = context;
  const gateway = await openGateway(context, { timeoutMs: FEED_TIMEOUT_MS, parse: parseWithTexts });
  const app = gateway.chooseApp(options.app);
  const kept = openKept(context, { gateway: gateway.profile.gateway, app: appOf(app), name: options.name });
  if (options.printSecret) {
    const secret = await kept.secret();
    out.result({ secret }, secret);
    return;
  }
  const url = readForwardTo(context, options.forwardTo);
  const own = await kept.own();
  try {
    const given = await readGivenSecret(context, options);
    const receiver = { url, secret: given ?? (await kept.secret()), skipFailed: options.skipFailed === true };
    const call = gateway.asApp(options.app);
    const { place, words } = await findBeginning(call, kept, options.from);
    // From now on this is where it stopped, whatever ends it.
    await kept.keepPlace(place);
    out.note(
      `Forwarding the events of ${app.name === KEY_ALONE ? 'your app' : app.name} to ${url}. ${words} Ctrl-C ends it.`,
    );
    if (given === undefined)
      out.note(
        `They are signed with this machine’s own secret, for your server’s environment: ${receiver.secret}`,
      );
    const feed = readFeed(context, call, { after: place.sequence, types: options.types, from: options.from });
    for await (const event of feed) {
      const told = readTold(event);
      await forwardEvent(context, told, receiver);
      await kept.keepPlace({ sequence: told.sequence, known: told });
    }
  } catch (error) {
    // Ctrl-C is how it ends: what was in hand is done, and the place is kept.
    if (!context.signal.aborted || error instanceof CliError) throw explainGone(error);
  } finally {
    await own.release();
  }
  out.note('Stopped. The next start goes on from here.');
}

/** Events that are too old are not left out by themselves. */
function explainGone(error: unknown): unknown {
  const oldest =
    error instanceof FloeError && error.code === 'events_gone' ? error.members['oldest_sequence'] : undefined;
  if (typeof oldest !== 'number') return error;
  return new CliError(
    EXIT.failed,
    `Events before ${oldest} that were not forwarded yet are deleted because of their age.`,
    {
      hint: `To go on behind them: --from ${oldest}`,
      cause: error,
    },
  );
}

/** What tells the app from others of its gateway. Where only a key is known, another key is another app. */
function appOf({ name, secretKey }: ChosenApp): string {
  return name === KEY_ALONE ? `key ${createHash('sha256').update(secretKey).digest('hex')}` : name;
}

function readForwardTo({ out }: Context, text: string | undefined): URL {
  if (text === undefined)
    throw new CliError(EXIT.usage, 'Where to?', {
      hint: 'floe listen --forward-to http://localhost:3000/hooks',
    });
  const target = readTarget(text);
  if ('problem' in target) throw new CliError(EXIT.usage, target.problem);
  if (!target.isOnThisMachine)
    out.warn(
      `${target.url.host} is not this machine. What your customers did leaves it${target.url.protocol === 'http:' ? ', and can be read on the way' : ''}.`,
    );
  return target.url;
}

/** The developer's own secret: from a pipe or the environment. */
async function readGivenSecret(context: Context, { stdin }: ListenOptions): Promise<string | undefined> {
  const given = (stdin ? await context.readStdin() : (context.env['FLOE_LISTEN_SECRET'] ?? '')).trim();
  if (given === '' && !stdin) return undefined;
  if (!SECRET.test(given))
    throw new CliError(EXIT.usage, 'A secret is whsec_ and the base64 of at least 24 bytes.', {
      hint: 'echo "whsec_$(openssl rand -base64 32)"',
    });
  return given;
}
