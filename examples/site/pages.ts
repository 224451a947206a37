import { html } from 'hono/html';
import type { Article } from './articles.ts';
import { type Html, layout } from './layout.ts';
import type { Shelf } from './tenants.ts';

export function homePage(free: Article, shelves: readonly Shelf[]): Html {
  return layout({
    title: 'Quay: notes from the waterfront',
    current: '/',
    body: html`<main id="main" class="page">
      <p class="kicker">Free to read</p>
      <article aria-labelledby="title">${headline(free)} ${paragraphs(free.preview)}</article>
      <section class="more" aria-labelledby="more">
        <h2 id="more">Keep reading</h2>
        <ul class="cards">
          ${shelves.map(
            ({ title, path, article }) =>
              html`<li class="card">
                <p class="kicker">${title} · ${article.minutes} min</p>
                <h3><a href="${path}">${article.title}</a></h3>
                <p>${article.lead}</p>
              </li>`,
          )}
        </ul>
      </section>
    </main>`,
  });
}

export interface Reading {
  allow: boolean;
  /** Why not, in the gateway's words; `nobody` when there is nobody to ask about. */
  reason: string;
  paymentStatus: string | undefined;
  gatewayUrl: string;
  publishableKey: string;
}

export function articlePage(shelf: Shelf, reading: Reading): Html {
  const { article } = shelf;
  const isWaiting =
    !reading.allow && (reading.reason === 'pending_payment' || reading.reason === 'unavailable');
  return layout({
    title: `${article.title} · ${shelf.title}`,
    current: shelf.path,
    refreshSeconds: isWaiting ? 2 : undefined,
    script: reading.allow || isWaiting ? undefined : '/assets/shelf.js',
    body: html`<main id="main" class="page">
      <p class="kicker">${shelf.title} · ${article.minutes} min</p>
      <article aria-labelledby="title" class="${reading.allow ? '' : 'closed'}">
        ${headline(article)} ${paragraphs(article.preview)} ${reading.allow ? paragraphs(article.rest) : ''}
      </article>
      ${reading.allow ? owned(shelf) : isWaiting ? waiting(reading.reason) : paywall(shelf, reading)}
    </main>`,
  });
}

function headline(article: Article): Html {
  return html`<h1 id="title">${article.title}</h1>
    <p class="lead">${article.lead}</p>`;
}

function paragraphs(texts: readonly string[]): Html {
  return html`${texts.map((text) => html`<p>${text}</p>`)}`;
}

function owned(shelf: Shelf): Html {
  return html`<aside class="owned" aria-label="Your purchase">
    <p><span class="badge good">Yours</span> You have bought this. It is open on this device.</p>
    <form method="post" action="${shelf.path}/leave">
      <button class="quiet" type="submit">Close it on this device</button>
    </form>
  </aside>`;
}

function waiting(reason: string): Html {
  return html`<section class="paywall" role="status">
    <div class="spinner" aria-hidden="true"></div>
    ${
      reason === 'pending_payment'
        ? html`<h2>We are confirming your payment</h2>
            <p>This takes a few seconds. The text opens by itself.</p>`
        : html`<h2>We cannot check your purchase right now</h2>
            <p>Nothing is lost. This page tries again by itself.</p>`
    }
  </section>`;
}

/** Prices come from the gateway, asked by the reader's browser; see public/shelf.js. */
function paywall(shelf: Shelf, { reason, paymentStatus, gatewayUrl, publishableKey }: Reading): Html {
  const notice = explain(reason, paymentStatus);
  return html`<section
    class="paywall"
    aria-labelledby="paywall"
    data-shelf
    data-gateway="${gatewayUrl}"
    data-key="${publishableKey}"
    data-tenant="${shelf.tenant}"
  >
    ${notice ? html`<p class="notice" role="status">${notice}</p>` : ''}
    <h2 id="paywall">Read on</h2>
    <p>The rest of this text is for readers who pay for it.</p>
    <ul class="plans" data-plans aria-live="polite">
      <li class="soft">Looking up prices …</li>
    </ul>
    <p class="error" data-error role="alert" hidden></p>
    <noscript><p class="error">Buying needs JavaScript in this demo.</p></noscript>
  </section>`;
}

function explain(reason: string, paymentStatus: string | undefined): string | undefined {
  if (reason === 'revoked') return 'Your purchase was refunded or withdrawn, so this text is closed again.';
  if (reason === 'expired') return 'Your subscription has ended, so this text is closed again.';
  if (reason === 'not_granted') return 'What you have bought does not include this text.';
  if (paymentStatus === 'failed') return 'Your payment was declined. Nothing was charged.';
  if (paymentStatus === 'expired')
    return 'That checkout is too old. Nothing was charged; please start again.';
  if (paymentStatus === 'pending') return 'You have not paid yet. Nothing was charged.';
  return undefined;
}

export function problemPage(
  shelf: Shelf,
  problem: { title: string; text: string; refreshSeconds?: number },
): Html {
  return layout({
    title: `${problem.title} · ${shelf.title}`,
    current: '',
    refreshSeconds: problem.refreshSeconds,
    body: html`<main id="main" class="page">
      <h1>${problem.title}</h1>
      <p class="lead">${problem.text}</p>
      <p><a class="button" href="${shelf.path}">Go to “${shelf.article.title}”</a></p>
    </main>`,
  });
}

export function notFoundPage(): Html {
  return layout({
    title: 'Not found · Quay',
    current: '',
    body: html`<main id="main" class="page">
      <h1>There is nothing at this address</h1>
      <p class="lead">Perhaps it was moved by the tide.</p>
      <p><a class="button" href="/">Go to the front page</a></p>
    </main>`,
  });
}
