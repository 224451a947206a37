import { html } from 'hono/html';

const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 32 32%22%3E%3Crect width=%2232%22 height=%2232%22 rx=%228%22 fill=%22%230e5a6b%22/%3E%3Ccircle cx=%228%22 cy=%2216%22 r=%223%22 fill=%22%23fff%22/%3E%3Ccircle cx=%2216%22 cy=%2216%22 r=%223%22 fill=%22%23fff%22/%3E%3Ccircle cx=%2224%22 cy=%2216%22 r=%223%22 fill=%22%238fdcae%22/%3E%3C/svg%3E';

/** The live page before its script has filled it. `polarUrl`: where the simulated Polar is, if it is simulated. */
export function livePage({ siteUrl, polarUrl }: { siteUrl: string; polarUrl: string | undefined }) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Floe, live</title>
        <link rel="icon" href="${ICON}" />
        <link rel="stylesheet" href="/live/page.css" />
        <script type="module" src="/live/page.js"></script>
      </head>
      <body data-part="shop">
        <a class="skip" href="#timeline">Skip to the timeline</a>
        <header class="top">
          <h1>Floe, live</h1>
          <p class="clock" id="clock" hidden>
            Polar’s clock <time id="polar-now"></time> <span class="ahead" id="ahead"></span>
            <span class="soft">You can move Polar’s clock. Floe’s clock is real.</span>
          </p>
          <ul class="links">
            <li><a href="/docs/">API</a></li>
            ${polarUrl === undefined ? '' : html`<li><a href="${polarUrl}/_sim">Polar’s controls</a></li>`}
          </ul>
          <nav class="parts" aria-label="Parts of this page">
            <button type="button" data-show="shop" aria-pressed="true">Shop</button>
            <button type="button" data-show="timeline" aria-pressed="false">
              Timeline <span class="count" id="unseen"></span>
            </button>
          </nav>
        </header>
        <main>
          <section class="shop" aria-label="The shop">
            <iframe
              id="shop"
              title="The demo shop"
              src="${siteUrl}/"
              data-site="${siteUrl}"
              allow="clipboard-write"
            ></iframe>
          </section>
          <section class="timeline" id="timeline" aria-labelledby="timeline-title" tabindex="-1">
            <h2 id="timeline-title">What happens</h2>
            <p class="said" id="said" role="status"></p>
            <noscript
              ><p>
                This page needs JavaScript. The same as data: <a href="/live/events">/live/events</a>
              </p></noscript
            >
            <section class="acts" aria-labelledby="acts-title">
              <h3 id="acts-title">No purchase yet</h3>
              <p class="note" id="note"></p>
              <ul id="acts"></ul>
            </section>
            <p class="empty" id="empty">
              Buy something in the shop. Card <code>4242 4242 4242 4242</code> pays,
              <code>4000 0000 0000 0002</code> is declined.
            </p>
            <ol class="purchases" id="purchases"></ol>
            <details class="fold" id="others">
              <summary>Other requests <span class="count"></span></summary>
              <ol class="steps"></ol>
            </details>
            <details class="fold" id="catalogue">
              <summary>Products set up <span class="count"></span></summary>
              <ol class="steps"></ol>
            </details>
          </section>
        </main>
      </body>
    </html>`;
}
