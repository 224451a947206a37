import { CliError } from '../../cli-error.ts';
import type { Context, ProcessName } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import type { PolarApi } from '../../polar/api.ts';
import { lacksScopes } from '../../polar/organization.ts';

/*
 * One push of a product at a time, whatever machine it runs on. Polar compares nothing when it writes and takes the same product twice, but a custom
 * field's slug is unique in its organization: who makes the field has the lease, and who deletes it gives it back. No buyer sees a field
 * that no product asks, and Polar tells nobody of it.
 */

const PATH = '/v1/custom-fields/';
const POLL_MS = 5_000;
/** A lease that looks the same for so long is nobody's any more. By the waiting machine's own clock, so clocks need not agree. */
const STALE_MS = 120_000;
const BEAT_MS = 20_000;
const PATIENCE_MS = 15 * 60_000;
const GIVING_BACK_MS = 5_000;
const MOST_MISSED = 3;

export interface Lease {
  /** Called before each write. @throws {CliError} when another push has taken over */
  keep(): Promise<void>;
}

interface Found {
  id: string;
  slug: string;
  metadata: Record<string, unknown>;
}

/** Does `work` while nobody else pushes this product, and waits for whoever does. @throws {CliError} */
export async function withLease<Result>(
  context: Context,
  polar: PolarApi,
  product: string,
  work: (lease: Lease) => Promise<Result>,
): Promise<Result> {
  const holder = { holder: crypto.randomUUID(), ...(await context.processes.own()) };
  const slug = `floe-push-${product}`;
  const id = await takeLease(context, polar, slug, holder);
  let beaten = context.now();
  let beats = 0;
  const lease: Lease = {
    async keep() {
      // A clock that was set back says nothing of how long it was.
      const since = context.now() - beaten;
      if (since >= 0 && since < BEAT_MS) return;
      const metadata = { ...holder, beat: ++beats };
      const { status } = await polar.call('PATCH', `${PATH}${id}`, { type: 'text', metadata });
      if (status !== 200)
        throw new CliError(EXIT.failed, `Another push of ${product} has taken over.`, {
          hint: 'This one had not been heard of for two minutes. Run floe catalog plan to see what is left.',
        });
      beaten = context.now();
    },
  };
  try {
    return await work(lease);
  } finally {
    // Also after Ctrl-C. What cannot be given back now is taken when it is stale.
    const signal = AbortSignal.timeout(GIVING_BACK_MS);
    await polar.call('DELETE', `${PATH}${id}`, undefined, { signal }).catch(() => undefined);
  }
}

/** @returns the id of the field */
async function takeLease(
  context: Context,
  polar: PolarApi,
  slug: string,
  own: { holder: string } & Partial<ProcessName>,
): Promise<string> {
  let seen: string | undefined;
  let same = 0;
  let missed = 0;
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    const made = await makeLease(polar, slug, own);
    if ('id' in made) return made.id;
    const found = await findLease(polar, slug);
    if (!found) {
      // It was given back between the two. Else something other than a lease is in the way.
      if (made.unknown || ++missed === MOST_MISSED) throw made.why;
      await context.sleep(POLL_MS);
      continue;
    }
    missed = 0;
    const { holder: by, beat } = found.metadata;
    if (by === own.holder) return found.id;
    const look = `${found.id} ${String(by)} ${String(beat)}`;
    const isGone = await hasEnded(context, found);
    if (isGone) context.out.note('A push of this machine was killed. Taking over from it.');
    else if (seen === undefined)
      context.out.note('Another push of this product is under way. Waiting for it.');
    same = look === seen ? same + POLL_MS : 0;
    seen = look;
    // By its id: a lease that somebody else has taken meanwhile is another field.
    if (isGone || same >= STALE_MS) await polar.call('DELETE', `${PATH}${found.id}`);
    else await context.sleep(POLL_MS);
  }
  throw new CliError(EXIT.unavailable, 'Another push of this product does not end.', {
    hint: 'Try again when it has.',
  });
}

type Made = { id: string } | { why: CliError; unknown: boolean };

/** Makes the field. `unknown`: it may have been made, and the answer is lost; Polar answers 500 too when two make it in the same moment. */
async function makeLease(polar: PolarApi, slug: string, own: object): Promise<Made> {
  try {
    const { status, body } = await polar.call('POST', PATH, {
      type: 'text',
      slug,
      name: 'Floe: a catalogue is being pushed',
      properties: {},
      metadata: { ...own, beat: 0 },
    });
    if (status === 201) return { id: (body as Found).id };
    if (status === 403) throw lacksScopes(polar, ['custom_fields:write']);
    const why = new CliError(EXIT.failed, `Polar lets no push begin: it answers ${status} to ${slug}.`);
    return { why, unknown: status !== 422 };
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.unavailable) throw error;
    return { why: error, unknown: true };
  }
}

/** Whether the push that holds a lease was one of this machine and is gone, as after `kill -9`. */
async function hasEnded({ processes }: Context, { metadata }: Found): Promise<boolean> {
  const { machine, process: named } = metadata;
  if (typeof machine !== 'string' || typeof named !== 'string') return false;
  return processes.hasEnded({ machine, process: named });
}

async function findLease(polar: PolarApi, slug: string): Promise<Found | undefined> {
  const { status, body } = await polar.call('GET', `${PATH}?limit=100&query=${slug}`);
  if (status === 403) throw lacksScopes(polar, ['custom_fields:read']);
  const { items = [] } = Object(body) as { items?: Found[] };
  return items.find((each) => each.slug === slug);
}
