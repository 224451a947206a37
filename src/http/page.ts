import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/**
 * A policy by which a page loads nothing, runs no script and cannot be framed; forms go to this origin or, without
 * `forms`, nowhere.
 */
export function pagePolicy({ forms = false } = {}): string {
  return `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action ${forms ? "'self'" : "'none'"}`;
}

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
        <style>
          body {
            font:
              1.05rem/1.5 system-ui,
              sans-serif;
            max-width: 34rem;
            margin: 15vh auto;
            padding: 0 1.5rem;
            color: #1c2430;
            background: #fbfbfa;
          }
          h1 {
            font-size: 1.35rem;
          }
          small {
            color: #68707c;
          }
          label,
          input,
          button {
            display: block;
            font: inherit;
          }
          input {
            box-sizing: border-box;
            width: 100%;
            margin: 0.3rem 0 1rem;
            padding: 0.6rem;
            border: 1px solid #868e99;
            border-radius: 0.4rem;
            color: inherit;
            background: transparent;
          }
          button {
            padding: 0.6rem 1.2rem;
            border: 0;
            border-radius: 0.4rem;
            color: #fff;
            background: #1f5fbf;
            cursor: pointer;
          }
          a {
            color: #1f5fbf;
          }
          :focus-visible {
            outline: 3px solid #1f5fbf;
            outline-offset: 2px;
          }
          [role='alert'] {
            padding: 0.6rem 0.8rem;
            border-left: 4px solid #b3261e;
          }
          @media (prefers-color-scheme: dark) {
            body {
              color: #e8eaed;
              background: #16181c;
            }
            small {
              color: #9aa2ad;
            }
            button {
              color: #10213a;
              background: #8ab8ff;
            }
            a {
              color: #8ab8ff;
            }
            :focus-visible {
              outline-color: #8ab8ff;
            }
          }
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`;
}
