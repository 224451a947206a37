import type { Gate, GateAnswer } from './gate.ts';
import type { HandleOptions } from './gate-handle.ts';
import { applyAnswer } from './respond.ts';

/* The gate as SvelteKit's `handle` hook. Its types are described here, not imported: the kit depends on nothing. */

/** As much of SvelteKit's event as is used. */
interface SvelteKitEvent {
  request: Request;
  url: URL;
  locals: object;
}

interface HandleInput<Event> {
  event: Event;
  resolve: (event: Event) => Response | Promise<Response>;
}

/** For `declare global { namespace App { interface Locals extends FloeLocals {} } }`: `load` reads `locals.floe`. */
export interface FloeLocals {
  floe: GateAnswer;
}

/**
 * Lets through what the gate allows, with `locals.floe`, and answers everything else itself. Give the gate a `resource` function
 * that returns null for public pages: SvelteKit's hook sees every request.
 * @example
 * export const handle = gateSvelteKit(gate);
 */
export function gateSvelteKit(gate: Gate, options: HandleOptions = {}) {
  return async function handle<Event extends SvelteKitEvent>({
    event,
    resolve,
  }: HandleInput<Event>): Promise<Response> {
    const { response, answer } = await gate.handle(requestOf(event), options);
    if (response) return response;
    Object.assign(event.locals, { floe: answer });
    const made = await resolve(event);
    // A new `Response`, since the headers of a fetched one cannot be changed.
    const sent = new Response(made.body, made);
    applyAnswer(sent.headers, answer);
    return sent;
  };
}

/** Data that a page fetches is asked for at an address of its own (`…/__data.json`), and is gated as its page is. */
function requestOf({ request, url }: SvelteKitEvent): Request {
  return request.url === url.href
    ? request
    : new Request(url, { method: request.method, headers: request.headers });
}
