import { createGate, type Gate } from '../../packages/kit/gate.ts';
import type { CommonOptions } from '../../packages/kit/gate-settings.ts';
import { applyAnswer } from '../../packages/kit/respond.ts';
import { APP, type FakeGateway, GATEWAY, RESOURCE, SECRET_KEY } from './fake-gateway.ts';

export const SITE = 'https://shop.example.com';
export const ARTICLE = 'the whole article';
export const CHECKOUT = 'https://polar.example/checkout/1';

/** A site of three lines, and what its owner was told. */
export function openSite(
  gateway: FakeGateway,
  options: Partial<CommonOptions> = {},
  key: { secretKey: string } | { publishableKey: string } = { secretKey: SECRET_KEY },
) {
  const told: string[] = [];
  const gate = createGate({
    gateway: GATEWAY,
    app: APP,
    resource: (request: Request) => (new URL(request.url).pathname.startsWith('/premium') ? RESOURCE : null),
    fetch: gateway.fetch,
    now: gateway.now,
    onError: (error: unknown) => told.push(String(error)),
    ...options,
    ...key,
  });
  return { told, gate, serve: (request: Request) => serve(gate, request) };
}

async function serve(gate: Gate, request: Request): Promise<Response> {
  const { response, answer } = await gate.handle(request);
  if (response) return response;
  const made = new Response(ARTICLE);
  applyAnswer(made.headers, answer);
  return made;
}

/** A browser, as far as pages without scripts need one. */
export interface Visitor {
  cookies: Map<string, string>;
  open(path: string, headers?: Record<string, string>): Promise<Shown>;
  /** Sends the form of the page that leads to `action`, with what is typed into it. */
  send(page: Shown, action: string, typed?: Record<string, string>): Promise<Shown>;
  /** Any request. */
  fetch(path: string, init: RequestInit): Promise<Shown>;
}

interface Shown {
  status: number;
  headers: Headers;
  html: string;
  /** The text without its markup. */
  text: string;
  location: string | null;
  forms: { action: string; fields: Record<string, string> }[];
}

export function newVisitor(site: (request: Request) => Promise<Response>): Visitor {
  const cookies = new Map<string, string>();
  const visitor: Visitor = {
    cookies,
    open: (path, headers = {}) =>
      visitor.fetch(path, { headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate', ...headers } }),
    send(page, action, typed = {}) {
      const form = page.forms.find((each) => each.action === action);
      if (!form) throw new Error(`no form leads to ${action}: ${page.text}`);
      return visitor.fetch(action, {
        method: 'POST',
        headers: { accept: 'text/html', origin: SITE, 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ ...form.fields, ...typed }),
      });
    },
    async fetch(path, init) {
      const request = new Request(SITE + path, init);
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      if (cookie !== '') request.headers.set('cookie', cookie);
      const response = await site(request);
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (line.includes('Max-Age=0')) cookies.delete(name);
        else cookies.set(name, value);
      }
      return read(response);
    },
  };
  return visitor;
}

async function read(response: Response): Promise<Shown> {
  const html = await response.text();
  const forms = [...html.matchAll(/<form method="post" action="([^"]*)">([^]*?)<\/form>/g)].map(
    ([, action = '', inside = '']) => ({
      action,
      fields: Object.fromEntries(
        [...inside.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(
          ([, name = '', value = '']) => [name, unescape(value)],
        ),
      ),
    }),
  );
  const text = unescape(
    html
      .replaceAll(/<\/?bdi>/g, '')
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' '),
  );
  const { status, headers } = response;
  return { status, headers, html, text, forms, location: headers.get('location') };
}

const unescape = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
