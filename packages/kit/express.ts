import type { Gate, GateAnswer } from './gate.ts';
import type { HandleOptions } from './gate-handle.ts';
import { type DownloadOptions, handleDownload } from './handle-download.ts';
import { applyWhenSent, type NodeRequest, type NodeResponse, sendResponse, toRequest } from './node-http.ts';
import { handleByAllNames, inLowerCase, withoutHtml, withOrWithoutSlash } from './other-names.ts';
import { respondSignedOut } from './respond.ts';

/*
 * The gate as a middleware for Express, and for what else calls middlewares as Express does (Connect, Polka, Node's own server).
 * Its types are described here, not imported: the kit depends on nothing.
 */

/** As much of Express's request as is used. Node's own has less. */
export interface ExpressRequest extends NodeRequest {
  /** Express's: what `trust proxy` lets a proxy say. */
  protocol?: string;
  app?: { get(name: string): unknown };
  socket: { remoteAddress?: string | undefined; encrypted?: boolean };
}

export interface ExpressResponse extends NodeResponse {
  locals?: Record<string, unknown>;
}

type Next = (error?: unknown) => void;
export type ExpressMiddleware = (req: ExpressRequest, res: ExpressResponse, next: Next) => Promise<void>;

/** For `declare global { namespace Express { interface Locals extends FloeLocals {} } }`: handlers read `res.locals.floe`. */
export interface FloeLocals {
  floe: GateAnswer;
}

/**
 * Lets through what the gate allows, with `res.locals.floe`, and answers everything else itself. It is for the whole site,
 * before all that is gated, and finds what is gated by the gate's `resource` function. That function has paths in lower case, or
 * ignores case: Express reads `/Blog` as `/blog`.
 * @example
 * app.use(gateExpress(gate));
 */
export function gateExpress(gate: Gate, options: HandleOptions = {}): ExpressMiddleware {
  return answerer(async (request, res) => {
    const { response, answer } = await handleByAllNames(gate, request, options, namesOf);
    if (response) return response;
    res.locals = Object.assign(res.locals ?? {}, { floe: answer });
    applyWhenSent(res, answer);
    return undefined;
  });
}

/** A handler that signs out and leads on, for `app.post('/sign-out', signOutExpress(gate))`. `to`: a path of the site. */
export function signOutExpress(gate: Gate, to = '/'): ExpressMiddleware {
  return answerer((request) => respondSignedOut(gate, request, to));
}

/** Answers downloads on the site's own domain: see `handleDownload`. For the whole site, as `app.use(downloadsExpress(gate))`. */
export function downloadsExpress(gate: Gate, options: DownloadOptions = {}): ExpressMiddleware {
  return answerer((request) => handleDownload(gate, request, options));
}

/** Sends what `answer` gives; goes on when it gives nothing. Errors are Express's to show. */
function answerer(
  answer: (request: Request, res: ExpressResponse) => Promise<Response | undefined>,
): ExpressMiddleware {
  return async (req, res, next) => {
    try {
      const request = toRequest(req, siteOf(req));
      const response = request ? await answer(request, res) : new Response(null, { status: 400 });
      if (response) {
        await sendResponse(res, response);
        return;
      }
    } catch (error) {
      // Nobody waits any more for what could not be read to its end.
      if (!res.destroyed) next(error);
      return;
    }
    next();
  };
}

/**
 * Express takes `/Blog` for `/blog`, and `/blog/` too, unless a router is told otherwise: each router for itself, so that none
 * of it can be read from here. `express.static` serves files with and without `.html`.
 */
function namesOf(pathname: string): string[] {
  const names = [pathname, inLowerCase(pathname)];
  return [...names, ...names.map(withoutHtml)].flatMap((name) => [name, ...withOrWithoutSlash(name)]);
}

/**
 * Where the browser sent the request. A proxy's word counts where Express trusts it (`app.set('trust proxy', …)`); the gate's
 * `origin` says it once and for all.
 */
function siteOf({ app, headers, protocol, socket }: ExpressRequest): { protocol: string; host: string } {
  const trust: unknown = app?.get('trust proxy fn');
  const isTrusted = typeof trust === 'function' && trust(socket.remoteAddress, 0) === true;
  const [forwarded = ''] = [headers['x-forwarded-host'] ?? ''].flat();
  const [named = ''] = forwarded.split(',');
  const host = isTrusted && named.trim() !== '' ? named.trim() : headers['host'];
  return {
    protocol: (protocol ?? (socket.encrypted === true ? 'https' : 'http')) === 'https' ? 'https' : 'http',
    host: typeof host === 'string' && host !== '' ? host : 'localhost',
  };
}
