import path from 'node:path';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { build } from 'esbuild';
import { verifyEntitlements } from '../../packages/kit/index.ts';

/*
 * A static page as somebody has it who knows no framework: HTML, the gateway's script, a strict policy. What is protected
 * comes from one address that checks the token.
 */

export const RESOURCE = 'content:blog/premium-article';
export const PREVIEW = 'The cranes go quiet at two.';
export const SECRET = 'At four the reefers begin to hum.';

/** The parts that docs/browser.md names. The site's style marks each in a way that nobody sees. */
export const PARTS = {
  'floe-buy': ['button', 'label', 'spinner', 'status', 'error', 'link'],
  'floe-paywall': ['preview', 'content', 'offer', 'status', 'retry', 'paid', 'sign-in'],
  'floe-account': [
    'body',
    'form',
    'heading',
    'label',
    'input',
    'button',
    'secondary',
    'spinner',
    'who',
    'list',
    'item',
    'sessions',
    'link',
    'status',
    'error',
    'retry',
  ],
} as const;
export const PART_MARK = '7px';

export interface StaticSite {
  url: string;
  close(): Promise<void>;
}

interface SiteSettings {
  gateway: string;
  app: string;
  key: string;
  product: string;
}

/** Serves on a free port. `settings` are asked for late: the app learns the site's address first. */
export async function serveStaticSite(settings: () => SiteSettings): Promise<StaticSite> {
  const server = createServer((request, response) => {
    void answer(request, response, settings());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, site: SiteSettings): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site');
  const html = { 'content-type': 'text/html; charset=utf-8' };
  switch (pathname) {
    case '/article':
      response
        .writeHead(200, { ...html, 'content-security-policy': policy(site) })
        .end(page(site, article({ ...site, product: searchParams.get('product') ?? site.product })));
      return;
    // Asks the gateway for what is older than that many seconds.
    case '/article/0':
    case '/article/1':
      response
        .writeHead(200, { ...html, 'content-security-policy': policy(site) })
        .end(page(site, article(site), ` data-max-age="${pathname.slice('/article/'.length)}"`));
      return;
    case '/account':
      response
        .writeHead(200, { ...html, 'content-security-policy': policy(site) })
        .end(page(site, '<h1>Reader</h1><floe-account></floe-account>'));
      return;
    // Of the same origin, with nothing that asks the gateway.
    case '/quiet':
      response.writeHead(200, html).end('<!doctype html><link rel="icon" href="data:,"><title>Quiet</title>');
      return;
    case '/react':
      response
        .writeHead(200, { ...html, 'content-security-policy': policy(site) })
        .end(page(site, '<div id="app"></div><script type="module" src="/react.js"></script>'));
      return;
    case '/react-strict':
      response
        .writeHead(200, { ...html, 'content-security-policy': policy(site) })
        .end(page(site, '<div id="app"></div><script type="module" src="/react-strict.js"></script>'));
      return;
    case '/react.js':
    case '/react-strict.js': {
      const program = await bundleReact(site, pathname === '/react-strict.js');
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(program);
      return;
    }
    case '/site.css':
      response.writeHead(200, { 'content-type': 'text/css' }).end(CSS);
      return;
    case '/protected/article.html': {
      const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
      const { gateway, app } = site;
      const result = await verifyEntitlements(token, { gateway, app, mode: 'sandbox', resource: RESOURCE });
      response
        .writeHead(result.ok ? 200 : 403, { ...html, 'cache-control': 'private, no-store' })
        .end(result.ok ? `<p>${SECRET}</p>` : '');
      return;
    }
    default:
      response.writeHead(404, html).end();
  }
}

/**
 * A page of somebody who uses React, and the hooks instead of the elements. `isStrict`: as while it is written, when React
 * mounts everything twice, and with a button that takes the article out of the page and back.
 */
async function bundleReact({ gateway, app, key, product }: SiteSettings, isStrict: boolean): Promise<string> {
  const program = `
    import { createElement as h, Fragment, StrictMode, useEffect, useState } from 'react';
    import { createRoot } from 'react-dom/client';
    import { FloeProvider, openFloe, useAccess, useCheckout, useFloe } from './packages/kit/react.ts';

    const floe = openFloe(${JSON.stringify({ gateway, app, publishableKey: key })});

    function Article() {
      const { status, token } = useAccess(${JSON.stringify(RESOURCE)});
      globalThis.seen?.push(status);
      const { buy, isBusy } = useCheckout();
      const { signOut } = useFloe();
      const [text, setText] = useState(null);
      useEffect(() => {
        setText(null);
        if (token === null) return;
        fetch('/protected/article.html', { headers: { authorization: 'Bearer ' + token } })
          .then((response) => response.text()).then(setText);
      }, [token]);
      if (status === 'closed')
        return h('button', { disabled: isBusy, onClick: () => buy({ product: ${JSON.stringify(product)} }) }, 'Buy for $9');
      if (status !== 'open') return h('p', { role: 'status' }, status);
      return h('div', null, text, h('button', { onClick: () => signOut() }, 'Sign out'));
    }
    function Page() {
      const [isHere, setHere] = useState(true);
      return h('main', null, h('button', { onClick: () => setHere(!isHere) }, 'Turn the page'), isHere && h(Article));
    }
    createRoot(document.getElementById('app')).render(
      h(${isStrict ? 'StrictMode' : 'Fragment'}, null, h(FloeProvider, { floe }, h(${isStrict ? 'Page' : 'Article'}))));`;
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: path.join(import.meta.dirname, '..', '..') },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    define: { 'process.env.NODE_ENV': isStrict ? '"development"' : '"production"' },
  });
  return outputFiles[0]?.text ?? '';
}

const policy = ({ gateway }: SiteSettings) =>
  `default-src 'none'; script-src 'self' ${gateway}; connect-src 'self' ${gateway}; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; trusted-types floe; require-trusted-types-for 'script'`;

const article = ({ product, gateway, app }: SiteSettings) => `
<article>
  <h1>The night shift</h1>
  <floe-paywall resource="${RESOURCE}" src="/protected/article.html">
    <p>${PREVIEW}</p>
    <div slot="offer" class="card">
      <h2>Read on</h2>
      <p>The whole night, once and for good.</p>
      <floe-buy product="${product}">Buy for $9</floe-buy>
      <p class="link"><floe-buy product="${product}"><a href="${gateway}/checkout/${app}?product=${product}">or follow a link</a></floe-buy></p>
    </div>
  </floe-paywall>
</article>
<floe-account></floe-account>`;

const page = ({ gateway, app, key }: SiteSettings, body: string, attributes = '') => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>A static page</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/site.css">
<script type="module" src="${gateway}/kit/floe.js" data-app="${app}" data-key="${key}"${attributes}></script>
</head>
<body><main>${body}</main></body>
</html>`;

const CSS = `
body { font: 1.05rem/1.55 system-ui, sans-serif; margin: 0; }
main { max-width: 38rem; margin: 0 auto; padding: 2rem 1.25rem; }
.card { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .8rem; padding: 1.2rem 1.4rem; }
.card h2 { margin: 0; }
floe-buy::part(button) { background: #14532d; color: #fff; border-color: #14532d; font-weight: 600; }
floe-account { margin-block-start: 3rem; }
${Object.entries(PARTS)
  .flatMap(([element, parts]) => parts.map((part) => `${element}::part(${part})`))
  .join(', ')} { scroll-margin-top: ${PART_MARK}; }
`;
