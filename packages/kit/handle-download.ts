import type { Gate } from './gate.ts';
import { FloeError } from './problem.ts';
import { sendProblem } from './respond.ts';

export interface DownloadOptions {
  /** The path beneath which files are, on the site's own domain. Default `/downloads/`. */
  path?: string;
  /** Makes the answer for a no instead of the plain page: to a sign-in page, for example. Its status is yours. */
  refuse?: (request: Request, error: FloeError) => Response | Promise<Response>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Answers downloads on the site's own domain, with the sessions of the gate's cookie: `/downloads/` is the list as JSON, which
 * `<floe-downloads src="/downloads/">` shows, and `/downloads/<id>` leads (303) to the file. Gives undefined for every other
 * request. A link is looked at when it is followed: once access is taken back it says so.
 * @throws {TypeError} when `path` is no path
 * @example
 * app.get('/downloads/*', async (c) => (await handleDownload(gate, c.req.raw)) ?? c.notFound());
 */
export async function handleDownload(
  gate: Pick<Gate, 'downloads' | 'downloadLink'>,
  request: Request,
  { path = '/downloads/', refuse }: DownloadOptions = {},
): Promise<Response | undefined> {
  if (!/^(\/[^/?#]+)*\/$/.test(path))
    throw new TypeError('handleDownload: path is a path such as /downloads/.');
  const { pathname } = new URL(request.url);
  const isList = pathname === path || `${pathname}/` === path;
  const id = pathname.startsWith(path) ? pathname.slice(path.length) : '';
  if (!isList && !UUID.test(id)) return undefined;
  if (!isList) return answerDownload(request, async () => (await gate.downloadLink(request, id)).url, refuse);
  if (request.method !== 'GET') return answerOthers(request);
  return orRefuse(request, refuse, async () =>
    Response.json({ data: await gate.downloads(request) }, { headers: KEPT_BY_NOBODY }),
  );
}

/** Leads to a file. `find`: its address, for this request alone. */
export function answerDownload(
  request: Request,
  find: () => Promise<string>,
  refuse?: DownloadOptions['refuse'],
): Promise<Response> {
  if (request.method !== 'GET') return Promise.resolve(answerOthers(request));
  // Nobody has asked for it yet. A browser discards this, and asks again on a click.
  if (isPrefetch(request))
    return Promise.resolve(new Response(null, { status: 503, headers: KEPT_BY_NOBODY }));
  return orRefuse(
    request,
    refuse,
    async () => new Response(null, { status: 303, headers: { ...KEPT_BY_NOBODY, location: await find() } }),
  );
}

async function orRefuse(
  request: Request,
  refuse: DownloadOptions['refuse'],
  act: () => Promise<Response>,
): Promise<Response> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof FloeError)) throw error;
    const made = refuse ? await refuse(request, error) : sendRefusal(request, error);
    const response = new Response(made.body, made);
    for (const [name, value] of Object.entries(KEPT_BY_NOBODY)) response.headers.set(name, value);
    return response;
  }
}

/** The address has a secret in it. */
const KEPT_BY_NOBODY = {
  'cache-control': 'private, no-store',
  'referrer-policy': 'no-referrer',
  vary: 'Cookie, Accept',
};

function answerOthers({ method }: Request): Response {
  return method === 'HEAD'
    ? new Response(null, { status: 204, headers: KEPT_BY_NOBODY })
    : new Response(null, { status: 405, headers: { ...KEPT_BY_NOBODY, allow: 'GET, HEAD' } });
}

function isPrefetch({ headers }: Request): boolean {
  return ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].some((name) =>
    /prefetch|preview/i.test(headers.get(name) ?? ''),
  );
}

const TEXTS: Readonly<Record<string, readonly [title: string, detail: string]>> = {
  no_session: ['For buyers', 'Sign in with the e-mail address of your purchase, then follow the link again.'],
  not_granted: [
    'No longer yours',
    'This file is not among what you have bought, or your purchase was refunded or has ended.',
  ],
  not_found: ['No such file', 'There is no such file here. Perhaps there is a newer version in your list.'],
  no_such_name: ['Not among your files', 'What was bought here gives no file of this name.'],
  several_files: ['Several files of this name', 'More than one of your files is called so.'],
  download_unavailable: ['Not there', 'This file cannot be fetched at the moment. Please ask the seller.'],
};
const LATER = ['One moment, please', 'The file cannot be fetched right now. Please try again.'] as const;

/** The plain answer to a no. */
export function sendRefusal(request: Request, error: FloeError): Response {
  const known = Object.hasOwn(TEXTS, error.code) ? TEXTS[error.code] : undefined;
  const [title, detail] = known ?? LATER;
  const { retryAfter } = error;
  return sendProblem(request, {
    // What is wrong between this site and the gateway is no fault of the visitor's.
    status: known ? error.status : 503,
    code: known ? error.code : 'unavailable',
    title,
    detail,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}
