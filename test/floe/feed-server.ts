import { serve } from '@hono/node-server';
import { onTestFinished } from 'vitest';

/* A gateway of which there is only the feed, and a developer's server. Both answer in this process or over the network. */

type Handler = (request: Request) => Promise<Response>;

interface Told {
  id: string;
  type: string;
  sequence: number;
  /** As JSON. */
  body: string;
}

export interface Feed {
  fetch: Handler;
  /** Tells events of these types. `data`: JSON that stands in their bodies. */
  tell(types: readonly string[], data?: string): void;
  /** Deletes those before a number because of their age. */
  deleteBefore(sequence: number): void;
  /** Forgets all events, and counts anew. */
  reset(): void;
  /** Paths and queries that were asked for. */
  asked: string[];
}

/** The events of one app. `prefix`: of their ids. */
export function createFeed(prefix = 'evt_'): Feed {
  const events: Told[] = [];
  const asked: string[] = [];
  const waiting = new Set<() => void>();
  let age = 0;
  let oldest = 1;
  const read = async (request: Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    const id = /^\/v1\/events\/(\w+)$/.exec(pathname)?.[1];
    if (id !== undefined) {
      const found = events.find((each) => each.id === id);
      return found ? json(present(found)) : refuse(404, 'not_found', `There is no event ${id}.`);
    }
    const limit = Number(searchParams.get('limit') ?? 50);
    const last = events.length;
    if (!searchParams.has('after')) {
      const shown = events.slice(Math.max(0, last - limit)).toReversed();
      return json(`{"data":[${shown.map(present).join()}],"next_cursor":null}`);
    }
    const after = Number(searchParams.get('after'));
    if (after + 1 < oldest)
      return refuse(410, 'events_gone', 'Events are kept for 90 days.', { oldest_sequence: oldest });
    const types = searchParams.get('types')?.split(',') ?? ['*'];
    const isWanted = ({ type }: Told) =>
      types.some(
        (each) =>
          each === '*' || each === type || (each.endsWith('.*') && type.startsWith(each.slice(0, -1))),
      );
    const page: Told[] = [];
    let next = after;
    for (; next < last && page.length < limit; next++) {
      const event = events[next];
      if (event && isWanted(event)) page.push(event);
    }
    if (page.length === 0 && next === last && Number(searchParams.get('wait') ?? 0) > 0) {
      await untilTold(waiting, request.signal);
      if (!request.signal.aborted && events.length > last) return read(request);
    }
    return json(
      `{"data":[${page.map(present).join()}],"next_cursor":null,"next_after":${next},"has_more":${next < last},"last_sequence":${last},"deleted":[]}`,
    );
  };
  return {
    asked,
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      asked.push(`${pathname}${search}`);
      return read(request);
    },
    tell(types, data = '"polar":null') {
      for (const type of types) {
        const sequence = events.length + 1;
        const id = `${prefix}${age === 0 ? '' : `${age}_`}${sequence}`;
        const body = `{"type":"${type}","timestamp":"2027-06-15T12:00:00.000Z","data":{"id":"${id}","app":"quay-sandbox","mode":"sandbox","sequence":${sequence},${data}}}`;
        events.push({ id, type, sequence, body });
      }
      for (const wake of waiting) wake();
    },
    deleteBefore(sequence) {
      oldest = sequence;
    },
    reset() {
      events.length = 0;
      age += 1;
    },
  };
}

const present = ({ id, type, sequence, body }: Told) =>
  `{"id":"${id}","type":"${type}","sequence":${sequence},"payment_sequence":null,"origin":"webhook","payment_id":null,"customer_id":null,"occurred_at":"2027-06-15T12:00:00.000Z","created_at":"2027-06-15T12:00:00.000Z","body":${body}}`;

const json = (text: string) => new Response(text, { headers: { 'content-type': 'application/json' } });

function refuse(status: number, code: string, detail: string, more: object = {}): Response {
  return new Response(JSON.stringify({ ...more, status, code, detail, title: code, request_id: 'req_1' }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });
}

/** Until something is told, or nobody waits any more. */
async function untilTold(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const wake = () => {
      waiting.delete(wake);
      resolve();
    };
    waiting.add(wake);
    if (signal.aborted) wake();
    else signal.addEventListener('abort', wake, { once: true });
  });
}

/** Serves a handler on a port of this machine until the test ends. */
export async function listenOn(fetch: Handler): Promise<{ port: number; url: string }> {
  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>(
    (resolve) => {
      const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
        resolve({ server, port }),
      );
    },
  );
  onTestFinished(async () => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port, url: `http://127.0.0.1:${port}` };
}
