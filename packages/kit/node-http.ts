import type { GateAnswer } from './gate.ts';
import { applyAnswer } from './respond.ts';

/*
 * Between Node's own HTTP and the web's `Request` and `Response`, as much as the gate needs of it. What is taken from Node is
 * described here, not imported.
 */

/** As much of `http.IncomingMessage` as is used, and of what Express adds to it. */
export interface NodeRequest {
  method?: string | undefined;
  url?: string | undefined;
  /** Behind `app.use('/blog', …)` Express takes that part off `url`, and leaves it here. */
  originalUrl?: string;
  headers: Record<string, string | string[] | undefined>;
  /** What a parser such as `express.urlencoded()` has made of the body. */
  body?: unknown;
  readableDidRead: boolean;
  iterator(options: { destroyOnReturn: boolean }): AsyncIterator<unknown>;
}

/** As much of `http.ServerResponse` as is used. */
export interface NodeResponse {
  statusCode: number;
  readonly destroyed: boolean;
  getHeader(name: string): number | string | string[] | undefined;
  getHeaderNames(): string[];
  setHeader(name: string, value: string | string[]): unknown;
  appendHeader(name: string, value: string | string[]): unknown;
  removeHeader(name: string): void;
  writeHead: (...given: never[]) => unknown;
  end(body: Uint8Array): unknown;
}

/**
 * The request as the web knows it. The body is read from Node only when somebody reads it here, so a handler that comes later
 * finds it untouched; a body that a parser has read already is written again from `body`.
 * @param site where the request was sent to, such as `https://shop.example.com`
 * @returns undefined when the web would read the path in another way than a router does that takes it as it came
 */
export function toRequest(req: NodeRequest, site: { protocol: string; host: string }): Request | undefined {
  const url = readUrl(req.originalUrl ?? req.url ?? '', site);
  if (url === undefined) return undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) {
    // HTTP/2's own, such as `:path`, are no headers.
    if (value !== undefined && !name.startsWith(':'))
      headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const method = req.method ?? 'GET';
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers });
  const body = req.readableDidRead ? writeAgain(req.body, headers) : streamOf(req);
  const init = { method, headers, body, duplex: 'half' };
  return new Request(url, init);
}

/**
 * Browsers send a path as `URL` reads it. Of `/premium/../` it makes `/`, so that the gate would see a public page where the
 * router sees a gated one.
 */
function readUrl(where: string, { protocol, host }: { protocol: string; host: string }): URL | undefined {
  const site = `${protocol}://${host}`;
  if (!where.startsWith('/') || !URL.canParse(site)) return undefined;
  // Joined as text: `//elsewhere.example` would be resolved to another host.
  const address = new URL(site).origin + where;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return url.pathname === where.split('?', 1)[0] ? url : undefined;
}

function streamOf(req: NodeRequest): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<unknown> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // Who stops reading still answers: if the request were destroyed, the connection would go with it.
        chunks ??= req.iterator({ destroyOnReturn: false });
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else
          controller.enqueue(value instanceof Uint8Array ? value : new TextEncoder().encode(String(value)));
      },
    },
    { highWaterMark: 0 },
  );
}

/** A form's fields as the browser sent them; text and bytes as they are. */
function writeAgain(body: unknown, headers: Headers): string | Uint8Array<ArrayBuffer> {
  headers.delete('content-length');
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  const form = new URLSearchParams();
  const isJson = /^application\/([\w.-]+\+)?json\b/i.test(headers.get('content-type') ?? '');
  if (isJson) return JSON.stringify(body);
  for (const [name, value] of Object.entries(Object(body) as object)) {
    for (const each of [value].flat()) if (typeof each === 'string') form.append(name, each);
  }
  headers.set('content-type', 'application/x-www-form-urlencoded');
  return form.toString();
}

/** Sends an answer. Cookies that the site has set before are sent too. */
export async function sendResponse(res: NodeResponse, response: Response): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  res.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') res.appendHeader(name, value);
    else res.setHeader(name, value);
  }
  res.end(body);
}

/**
 * Writes the gate's answer into the headers when they are sent, whatever the handler has said of caching by then: Node calls
 * `writeHead` for every answer, however it is made.
 */
export function applyWhenSent(res: NodeResponse, answer: GateAnswer): void {
  const writeHead = res.writeHead.bind(res) as (...given: unknown[]) => unknown;
  res.writeHead = (...given: unknown[]) => {
    res.writeHead = writeHead;
    // Headers that are given to `writeHead` itself would win over those that are set.
    const own = given.at(-1);
    const rest = typeof own === 'object' && own !== null ? given.slice(0, -1) : given;
    if (rest !== given) setAll(res, entriesOf(own));
    applyToNode(res, answer);
    return writeHead(...rest);
  };
}

/** Headers as `writeHead` takes them: an object, or a list of names and values by turns. */
function entriesOf(own: unknown): [name: string, value: string | string[]][] {
  const pairs: [unknown, unknown][] = Array.isArray(own)
    ? (Array.isArray(own[0]) ? own.flat() : own).flatMap((name: unknown, at, all: unknown[]) =>
        at % 2 === 0 ? [[name, all[at + 1]]] : [],
      )
    : Object.entries(own as object);
  return pairs
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [String(name), Array.isArray(value) ? value.map(String) : String(value)]);
}

/** In the place of what is set. A name that comes twice in a list is sent twice. */
function setAll(res: NodeResponse, entries: readonly [name: string, value: string | string[]][]): void {
  for (const [name] of entries) res.removeHeader(name);
  for (const [name, value] of entries) res.appendHeader(name, value);
}

function applyToNode(res: NodeResponse, answer: GateAnswer): void {
  const headers = new Headers();
  for (const name of res.getHeaderNames()) {
    const value = res.getHeader(name);
    if (value !== undefined && name !== 'set-cookie')
      headers.set(name, Array.isArray(value) ? value.join(', ') : String(value));
  }
  const before = new Map(headers);
  applyAnswer(headers, answer);
  for (const name of before.keys()) if (!headers.has(name)) res.removeHeader(name);
  for (const [name, value] of headers) {
    if (name === 'set-cookie') res.appendHeader(name, value);
    else if (before.get(name) !== value) res.setHeader(name, value);
  }
}
