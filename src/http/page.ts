import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/**
 * A policy by which a page loads nothing, runs no script and cannot be framed; forms go to this origin or, without
 * `forms`, nowhere. The icon is in the page itself.
 */
export function pagePolicy({ forms = false } = {}): string {
  return `default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action ${forms ? "'self'" : "'none'"}`;
}

const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 32 32%22%3E%3Crect width=%2232%22 height=%2232%22 rx=%228%22 fill=%22%231a56b0%22/%3E%3Cpath d=%22M6 20l5-9 6 6 4-4 5 7z%22 fill=%22%23fff%22/%3E%3C/svg%3E';

/** One accent, one card, light and dark. Browsers without custom properties show it in their own colours. */
const STYLE = `
:root{color-scheme:light dark;--ink:#17202b;--soft:#56606e;--back:#f3f5f8;--paper:#fff;--line:#dce1e8;--field:#7d8794;--accent:#1a56b0;--on:#fff;--bad:#a3201a;--sunk:#f3f5f8}
@media (prefers-color-scheme:dark){:root{--ink:#e9ecf1;--soft:#a5aeba;--back:#0f1318;--paper:#181d24;--line:#2d343e;--field:#78828f;--accent:#8fbaff;--on:#0b1a30;--bad:#ffb1a8;--sunk:#11151b}}
*{box-sizing:border-box}
body{margin:0;padding:max(1rem,12vh) 1rem 3rem;font:1rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--back)}
main{max-width:34rem;margin:0 auto;padding:clamp(1.5rem,5vw,2.5rem);background:var(--paper);border:1px solid var(--line);border-radius:14px}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{margin:2rem 0 .5rem;font-size:1.05rem}
p{margin:0 0 1rem;overflow-wrap:anywhere}
main>:last-child{margin-bottom:0}
.kicker{margin-bottom:.25rem;font-weight:600;font-size:.875rem;color:var(--accent)}
.small{color:var(--soft);font-size:.875rem}
code{font:.9em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
pre{margin:0 0 1rem;padding:.75rem 1rem;white-space:pre-wrap;background:var(--sunk);border:1px solid var(--line);border-radius:8px}
blockquote{margin:0 0 1.25rem;padding:.1rem 0 .1rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere;border-left:4px solid var(--line)}
ul.links{margin:0 0 1rem;padding:0;list-style:none;border-top:1px solid var(--line)}
ul.links li{padding:.65rem 0;border-bottom:1px solid var(--line)}
ul.links a{font-weight:600}
ul.links span{display:block;color:var(--soft);font-size:.925rem}
label{display:block;margin-bottom:.3rem;font-weight:600}
input:not([type=hidden]){width:100%;min-height:2.75rem;margin-bottom:1rem;padding:.5rem .75rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--field);border-radius:8px}
button,.button{display:inline-block;min-height:2.75rem;padding:.55rem 1.2rem;font:inherit;font-weight:600;text-decoration:none;color:var(--on);background:var(--accent);border:1px solid transparent;border-radius:8px;cursor:pointer}
button.quiet{color:inherit;background:transparent;border-color:var(--field)}
form+p{margin-top:1.25rem}
a{color:var(--accent);text-underline-offset:.15em}
a.button{color:var(--on)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
[role=alert]{padding:.1rem 0 .1rem .9rem;color:var(--bad);border-left:4px solid}`;

/** One of the gateway's own pages: readable in light and dark, with a keyboard, without a script. */
export function page(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="${ICON}" />
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`;
}
