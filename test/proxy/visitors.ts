import { createServer, type RequestListener } from 'node:http';
import { createServer as createSilent } from 'node:net';
import * as z from 'zod';
import { HOST, reservePort } from '../../cli/local/ports.ts';
import { likeSpellings, oddSpellings } from './spellings.ts';

/* What visitors send to any of the proxies, and what stands where the gateway should. */

export const ARTICLE = '/blog/premium-article';
export const MAX_AGE_MS = 2_000;

/** The session in the site's cookie, among others. */
export function cookie(session: string): string[] {
  return [`Cookie: theme=dark; __Host-floe_quay-sandbox_session=${session}`];
}

const shown = z.object({ text: z.string(), headers: z.array(z.tuple([z.string(), z.string()])) });

/** What the site got, by lower-case name as programs read it. */
export function headersAtSite(body: string): Map<string, string[]> {
  const got = new Map<string, string[]>();
  for (const [name, value] of shown.parse(JSON.parse(body)).headers) {
    const key = name.toLowerCase();
    got.set(key, [...(got.get(key) ?? []), value]);
  }
  return got;
}

/** What the site got as body. */
export function bodyAtSite(body: string): string {
  return z.object({ received: z.string() }).parse(JSON.parse(body)).received;
}

const IDENTITY = ['Subject', 'Customer', 'App', 'Resource', 'Expires', 'Reason'];

/** Headers by which somebody says who they are. */
export const IDENTITY_LIES = IDENTITY.flatMap((name) => [
  `X-Floe-${name}: admin`,
  `x-floe-${name.toLowerCase()}: admin`,
  `X_Floe_${name}: admin`,
  `X-Floe_${name}: admin`,
  `X_Floe-${name}: admin`,
  `X.Floe.${name}: admin`,
  `X!Floe~${name}: admin`,
  `X!Floe!${name}: admin`,
]);

/** Headers that some frameworks believe more than the address. */
export const PATH_LIES = ['Original-URL', 'Original-URI', 'Rewrite-URL', 'Forwarded-Uri']
  .map((name) => `X-${name}`)
  .flatMap((name) => [name, name.toLowerCase(), name.replaceAll('-', '_'), name.replaceAll('-', '!')])
  .map((name) => `${name}: /admin`);

/** Headers that were meant to keep another one from the next hop. */
export const DROPPING = [
  'Connection: close, X-Floe-Subject, X-Floe-Reason, X-Floe-App, X-Floe-Resource',
  'Connection: close, x-floe-subject, x-floe-reason, Upgrade\r\nUpgrade: websocket',
  'Connection: close, X-Floe-Subject\r\nConnection: X-Floe-Reason, X-Forwarded-Uri, X-Original-URI, Cookie, Host',
];

/** Other ways to write the paid path: some refused by the proxy, some by the gateway, none to be opened unpaid. */
export const SPELLINGS = [
  ...oddSpellings(ARTICLE),
  ...oddSpellings(ARTICLE).map((spelling) => spelling.toUpperCase()),
  ...likeSpellings(ARTICLE),
  '/Blog/premium-article',
  '/bl%C3%B6g/premium-article',
  '/b%C5%82og/premium-article',
  '/BL%C3%98G/premium-article',
  '/blog.html/../premium-article',
  '/about/../blog/premium-article',
  '/about%2f..%2fblog/premium-article',
  '/%EF%BD%82log/premium-article',
  // In absolute form, with what is public before the path.
  `http://about${ARTICLE}`,
  `http://shop.example.com${ARTICLE}`,
  `https://shop.example.com/about/..${ARTICLE}`,
  `http://shop.example.com/about@x${ARTICLE.slice(5)}/../..${ARTICLE}`,
  `http://about:80${ARTICLE}?/about`,
  `http:${ARTICLE}`,
  `//about${ARTICLE}`,
  `about:${ARTICLE}`,
];

/** Something at `host:port` until it is closed. */
export interface StandIn {
  address: string;
  close(): void;
}

/** What answers every question like this, in place of the gateway. */
export async function standIn(answer: RequestListener): Promise<StandIn> {
  const server = createServer(answer);
  const port = await reservePort(0, 'the stand-in', '');
  await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `${HOST}:${port}`, close };
}

/** A server that takes connections and never answers, not even a TLS handshake. */
export async function silence(): Promise<StandIn> {
  const server = createSilent();
  const port = await reservePort(0, 'the silent one', '');
  await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
  return { address: `${HOST}:${port}`, close: () => server.close() };
}
