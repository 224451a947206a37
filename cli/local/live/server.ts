import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { build } from 'esbuild';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import * as z from 'zod';
import { isOwnHost, misdirected } from '../../../packages/polar-simulator/own-host.ts';
import { ACTS, type Acts, Refused } from './acts.ts';
import { livePage } from './page.ts';
import { type Readers, STREAM_HEADERS } from './readers.ts';
import type { Stream } from './stream.ts';

const PAGE_DIR = path.join(import.meta.dirname, 'page');
const LOOPBACK = /^(?:localhost|\[::1\]|127(?:\.\d+){3})$/;
const MAX_DOING_BYTES = 1_024;
const doing = z.strictObject({ chain: z.nullable(z.string().max(100)) });

interface Options {
  gatewayUrl: string;
  siteUrl: string;
  polarUrl: string;
  isSimulated: boolean;
  stream: Stream;
  readers: Readers;
  acts: () => Acts | undefined;
  /** Origins that apps have registered, as `--origin` does. */
  origins: () => Promise<readonly string[]>;
}

type Env = { Bindings: HttpBindings };

/** What is at /live: the page, its files, the stream, and what its buttons do. */
export async function createLiveServer(options: Options) {
  const { gatewayUrl, siteUrl, polarUrl, acts } = options;
  const [script, style] = await Promise.all([
    buildScript(),
    readFile(path.join(PAGE_DIR, 'live.css'), 'utf8'),
  ]);
  const port = Number(new URL(gatewayUrl).port);
  const app = new Hono<Env>();

  // The name of a page of the open web can point at this machine, after that page was loaded.
  app.use(async (c, next) =>
    isOwnHost(c.env.incoming.headers.host, port)
      ? next()
      : misdirected('The live page', `Open ${gatewayUrl}/live.`),
  );
  app.get('/live/events', (c) => openStream(c, options));
  app.options('/live/events', async (c) => {
    const headers = await readersHeaders(c, options);
    return headers
      ? c.body(null, 204, { ...headers, 'access-control-allow-headers': 'last-event-id, cache-control' })
      : c.text(REFUSED_ORIGIN, 403);
  });
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ['data:'],
        connectSrc: ["'self'"],
        // The shop leads to the checkout, and from there over the gateway back.
        frameSrc: ["'self'", siteUrl, polarUrl],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
      strictTransportSecurity: false,
    }),
  );
  app.use(async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
  });
  app.get('/live', (c) => {
    // The shop lets only this origin have it in a frame.
    if (c.env.incoming.headers.host !== new URL(gatewayUrl).host)
      return c.redirect(`${gatewayUrl}/live`, 307);
    return c.html(livePage({ siteUrl, polarUrl: options.isSimulated ? polarUrl : undefined }));
  });
  app.get('/live/page.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  app.get('/live/page.css', (c) => c.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }));

  app.get('/live/state', async (c) => {
    const found = acts();
    return found ? c.json(await found.state(c.req.query('chain') ?? null)) : c.json({ why: STARTING }, 503);
  });
  const onError = (c: Context) => c.json({ why: `Send at most ${MAX_DOING_BYTES} bytes.` }, 413);
  app.use('/live/do/*', bodyLimit({ maxSize: MAX_DOING_BYTES, onError }));
  app.post('/live/do/:act', async (c) => {
    const origin = c.req.header('origin');
    if (origin !== undefined && origin !== gatewayUrl)
      return c.json({ why: 'Only the live page may do this.' }, 403);
    if (!/^application\/json\b/.test(c.req.header('content-type') ?? ''))
      return c.json({ why: 'Send JSON.' }, 415);
    const act = ACTS.find((each) => each === c.req.param('act'));
    const body = doing.safeParse(await c.req.json().catch(() => undefined));
    const found = acts();
    if (!act) return c.json({ why: 'There is no such button.' }, 404);
    if (!body.success) return c.json({ why: 'Send {"chain": …}: the purchase, or null.' }, 422);
    if (!found) return c.json({ why: STARTING }, 503);
    try {
      return c.json({ done: await found.do(act, body.data.chain) });
    } catch (error) {
      if (error instanceof Refused) return c.json({ why: error.message }, 409);
      return c.json(
        { why: `Polar did not do it: ${error instanceof Error ? error.message : String(error)}` },
        502,
      );
    }
  });
  app.notFound((c) =>
    c.text('There is nothing here. The live page is /live, its stream /live/events.\n', 404),
  );
  return getRequestListener(app.fetch, { overrideGlobalObjects: false });
}

const STARTING = 'Floe is still starting.';
const REFUSED_ORIGIN =
  'Pages on this machine may read the stream, and those of origins that an app knows: npm start -- --origin ORIGIN\n';

async function openStream(c: Context<Env>, options: Options): Promise<Response> {
  const { stream, readers } = options;
  const headers = await readersHeaders(c, options);
  if (!headers) return c.text(REFUSED_ORIGIN, 403);
  if (c.req.method === 'HEAD') return c.body(null, 200, { ...STREAM_HEADERS, ...headers });
  await readers.makeRoom();
  // It has hung up meanwhile.
  if (c.env.outgoing.destroyed) return RESPONSE_ALREADY_SENT;
  const last = c.req.header('last-event-id') ?? c.req.query('last_event_id');
  const after =
    last !== undefined ? (stream.numberOf(last) ?? 0) : c.req.query('from') === 'now' ? stream.last : 0;
  return readers.open(c.env.outgoing, after, headers)
    ? RESPONSE_ALREADY_SENT
    : c.text('The stream has as many readers as it takes. Close some.\n', 503, { 'retry-after': '5' });
}

/** What lets a page of another origin read the stream; undefined when it may not. */
async function readersHeaders(
  c: Context<Env>,
  { gatewayUrl, origins }: Options,
): Promise<Record<string, string> | undefined> {
  const origin = c.req.header('origin');
  if (origin === undefined) return { vary: 'origin' };
  const known =
    origin === gatewayUrl ||
    LOOPBACK.test(URL.parse(origin)?.hostname ?? '') ||
    (await origins()).includes(origin);
  return known ? { 'access-control-allow-origin': origin, vary: 'origin' } : undefined;
}

async function buildScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(PAGE_DIR, 'main.ts')],
    write: false,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}
