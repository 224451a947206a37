import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface PageFrame {
  title: string;
  /** The path of the menu entry that is open. */
  current: string;
  body: Html;
  script?: string | undefined;
}

const MENU = [
  ['/', 'Shop'],
  ['/articles/free', 'Free article'],
  ['/account', 'Account'],
  ['/mail', 'Mail'],
  ['/events', 'Events'],
] as const;

const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 32 32%22%3E%3Crect width=%2232%22 height=%2232%22 rx=%228%22 fill=%22%230e5a6b%22/%3E%3Cpath d=%22M5 20q5.5-5 11 0t11 0M5 25q5.5-5 11 0t11 0M16 6v9%22 stroke=%22%23fff%22 stroke-width=%222.4%22 fill=%22none%22 stroke-linecap=%22round%22/%3E%3C/svg%3E';

/** The frame of every page. */
export function layout({ title, current, body, script }: PageFrame): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="${ICON}" />
        <link rel="stylesheet" href="/assets/site.css" />
        ${script === undefined ? '' : html`<script type="module" src="${script}"></script>`}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the text</a>
        <header class="top">
          <a class="brand" href="/">Quay<span class="wave" aria-hidden="true"></span></a>
          <nav aria-label="Main">
            <ul>
              ${MENU.map(
                ([path, label]) =>
                  html`<li>
                    <a href="${path}" ${path === current ? html`aria-current="page"` : ''}>${label}</a>
                  </li>`,
              )}
            </ul>
          </nav>
        </header>
        ${body}
        <footer class="bottom">
          <p>Quay and Atlas are made up. They show how two products sell through one Floe gateway.</p>
        </footer>
      </body>
    </html>`;
}
