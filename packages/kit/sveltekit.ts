import type { Gate, GateAnswer } from './gate.ts';
import { deny } from './gate-decision.ts';
import type { HandleOptions } from './gate-handle.ts';
import { handleByAllNames, withOrWithoutSlash } from './other-names.ts';
import { applyAnswer } from './respond.ts';

/* The gate as SvelteKit's `handle` hook. Its types are described here, not imported: the kit depends on nothing. */

/** As much of SvelteKit's event as is used. */
interface SvelteKitEvent {
  request: Request;
  url: URL;
  locals: object;
  isRemoteRequest?: boolean;
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
 * that returns null for public pages: SvelteKit's hook sees every request. Calls of remote functions go through with a
 * `locals.floe` that allows nothing: a remote function asks with `askSvelteKit`.
 * @example
 * export const handle = gateSvelteKit(gate);
 */
export function gateSvelteKit(gate: Gate, options: HandleOptions = {}) {
  return async function handle<Event extends SvelteKitEvent>({
    event,
    resolve,
  }: HandleInput<Event>): Promise<Response> {
    const { response, answer } =
      event.isRemoteRequest === true
        ? { answer: closed() }
        : await handleByAllNames(gate, requestOf(event), options, withOrWithoutSlash);
    if (response) return response;
    Object.assign(event.locals, { floe: isRemoteForm(event) ? closed() : answer });
    const made = await resolve(event);
    // A new `Response`, since the headers of a fetched one cannot be changed.
    const sent = new Response(made.body, made);
    applyAnswer(sent.headers, answer);
    return sent;
  };
}

/** The caller of a remote function names the page that it belongs to, so no page's decision is worth anything there. */
const closed = (): GateAnswer => ({ decision: deny('unknown_resource'), resource: null, setCookies: [] });

/** A remote function's form without scripts is sent to whatever page the caller likes. */
const isRemoteForm = ({ request, url }: SvelteKitEvent): boolean =>
  request.method === 'POST' && url.searchParams.has('/remote');

/**
 * The gate's answer for one page, in a remote function or wherever else the address that was asked for proves nothing. It makes
 * no request for a reader who may read. Cookies are the hook's.
 * @param path the page's own, as `encodeURI` writes it, and never one that the caller sends
 * @example
 * const { decision } = await askSvelteKit(gate, getRequestEvent(), '/blog/premium-article');
 */
export async function askSvelteKit(
  gate: Gate,
  { request, url }: Pick<SvelteKitEvent, 'request' | 'url'>,
  path: string,
): Promise<GateAnswer> {
  return gate(new Request(url.origin + path, { headers: request.headers }));
}

/** Data that a page fetches is asked for at an address of its own (`…/__data.json`), and is gated as its page is. */
function requestOf({ request, url }: SvelteKitEvent): Request {
  return request.url === url.href
    ? request
    : new Request(url, { method: request.method, headers: request.headers });
}
