import type { Api } from '../../../kit/api.ts';
import type { Client } from '../../../kit/client.ts';
import { type EventFilter, type EventReader, readEventsBy } from '../../../kit/feed.ts';
import type { Context } from '../../context.ts';
import type { Call } from '../../gateway/client.ts';
import type { From } from './begin.ts';

/** Of one request: what the gateway waits for an event, and the way. */
export const FEED_TIMEOUT_MS = 45_000;

interface Reading {
  /** Events behind this number are read. */
  after: number;
  /** With commas. */
  types: string | undefined;
  from: From | undefined;
}

/** The app's events, as the kit reads them; what happens meanwhile is said. */
export function readFeed(
  context: Context,
  call: Call<keyof Api>,
  { after, types, from }: Reading,
): EventReader {
  const { out, signal } = context;
  let isAway = false;
  const client: Client = async (route, ...args) => {
    const answer = await (call as Client)(route, ...args);
    if (isAway) out.note('The gateway answers again.');
    isAway = false;
    return answer;
  };
  return readEventsBy(
    client,
    {
      after,
      signal,
      // Whoever wants all that are there knows that the oldest may not be.
      skipGone: from === 'start',
      ...(types === undefined ? {} : { types: types.split(',').map((each) => each.trim() as EventFilter) }),
      onRetry({ message }) {
        if (!isAway) out.note(`${message} Trying until it answers …`);
        isAway = true;
      },
      onDeleted(ranges) {
        for (const { from, to } of ranges)
          out.note(`Left out, for they are deleted: ${describeRange(from, to)}.`);
      },
    },
    (ms) => context.sleep(ms),
  );
}

const describeRange = (from: number, to: number) =>
  from === to ? `event ${from}` : `events ${from} to ${to}`;
