import { type Html, html } from './html.ts';
import type { DocPage, Heading, Section } from './site.ts';

/** A whole page: its head, the menu, what it says, and the window of the search. */
export async function layOut(page: DocPage, sections: readonly Section[]): Promise<string> {
  return String(
    await html`<!doctype html>
      <html lang="en" data-lang="curl">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="description" content="${page.description}" />
          <title>
            ${page.title === 'Floe' ? 'Floe documentation' : `${page.title} · Floe documentation`}
          </title>
          <link rel="icon" href="/docs/icon.svg" type="image/svg+xml" />
          <link rel="stylesheet" href="/docs/docs.css" />
          <script src="/docs/before.js"></script>
          <script type="module" src="/docs/docs.js"></script>
        </head>
        <body>
          <a class="skip" href="#main">Skip to the text</a>
          <header class="top">
            <a class="brand" href="/docs/"
              ><img src="/docs/icon.svg" alt="" width="24" height="24" />Floe <span>docs</span></a
            >
            <a class="menu-link" href="#menu">Menu</a>
            <button class="search-open scripted" type="button" aria-keyshortcuts="/">
              <span>Search</span><kbd aria-hidden="true">/</kbd>
            </button>
            <button class="theme scripted" type="button">Dark</button>
          </header>
          <div class="shell${page.isReference ? ' reference' : ''}">
            <nav id="menu" aria-label="Documentation" tabindex="-1">
              <a class="menu-close" href="#main">Close the menu</a>
              ${sections.map((section) => menuSection(section, page))}
            </nav>
            <main id="main" tabindex="-1">${page.body}</main>
            ${page.isReference || page.headings.length < 2 ? '' : outline(page.headings)}
          </div>
          <dialog class="search" aria-label="Search the documentation">
            <input
              type="search"
              role="combobox"
              aria-expanded="false"
              aria-controls="found"
              aria-autocomplete="list"
              aria-label="Search the documentation"
              placeholder="refund, payment.succeeded, unknown_product…"
              autocomplete="off"
              spellcheck="false"
            />
            <p class="search-said" role="status"></p>
            <ul id="found" role="listbox" aria-label="What was found"></ul>
            <form method="dialog"><button type="submit">Close</button></form>
          </dialog>
          <p class="said" role="status"></p>
        </body>
      </html> `,
  );
}

function menuSection({ title, pages }: Section, current: DocPage): Html {
  return html`<section>
    <h2>${title}</h2>
    <ul>
      ${pages.map(
        (page) =>
          html`<li>
            <a href="${page.url}" ${page === current ? html` aria-current="page"` : ''}>${page.title}</a>
            ${page === current && page.isReference ? headingList(page.headings) : ''}
          </li> `,
      )}
    </ul>
  </section> `;
}

function outline(headings: readonly Heading[]): Html {
  return html`<aside class="outline">
    <nav aria-label="On this page">
      <h2>On this page</h2>
      ${headingList(headings)}
    </nav>
  </aside>`;
}

function headingList(headings: readonly Heading[]): Html {
  return html`<ul>
    ${headings.map(({ id, title, depth }) => html`<li class="depth-${depth}"><a href="#${id}">${title}</a></li> `)}
  </ul>`;
}
