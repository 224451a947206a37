import { html } from 'hono/html';
import type { Article } from './articles.ts';
import type { SoldFile } from './gateway-files.ts';
import { type Html, layout } from './layout.ts';
import { type Plan, planList } from './plans.ts';
import { portalAddress, type Shelf, type SiteOptions } from './tenants.ts';

/** The text that everybody may read. */
export function freePage(free: Article, shelves: readonly Shelf[]): Html {
  return layout({
    title: `${free.title} · Quay`,
    current: '/articles/free',
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
  /** Whether it is closed since the subscription's last payment failed. */
  isPastDue: boolean;
  paymentStatus: string | undefined;
  plans: readonly Plan[] | undefined;
  /** Undefined: they cannot be listed right now. */
  files: readonly SoldFile[] | undefined;
}

/** Whether the answer will be another one in a moment. */
export function isWaiting({ allow, reason }: Pick<Reading, 'allow' | 'reason'>): boolean {
  return !allow && (reason === 'pending_payment' || reason === 'unavailable');
}

export function articlePage(shelf: Shelf, options: SiteOptions, reading: Reading): Html {
  const { article } = shelf;
  return layout({
    title: `${article.title} · ${shelf.title}`,
    current: '',
    body: html`<main id="main" class="page">
      <p class="kicker">${shelf.title} · ${article.minutes} min</p>
      <article aria-labelledby="title" class="${reading.allow ? '' : 'closed'}">
        ${headline(article)} ${paragraphs(article.preview)} ${reading.allow ? paragraphs(article.rest) : ''}
      </article>
      ${reading.allow ? html`${downloads(shelf, reading.files)}${owned(shelf)}` : isWaiting(reading) ? waiting(reading.reason) : paywall(shelf, options, reading)}
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

function downloads({ tenant }: Shelf, files: readonly SoldFile[] | undefined): Html | '' {
  if (files?.length === 0) return '';
  return html`<section class="more" aria-labelledby="files">
    <h2 id="files">To take along</h2>
    ${
      files === undefined
        ? html`<p class="error">Your files cannot be listed right now.</p>`
        : html`<ul class="purchases">
            ${files.map(
              ({ id, name, size, version }) =>
                html`<li>
                  <p><a href="/files/${tenant}/${id}">${name}</a></p>
                  <p class="soft">${version === null ? '' : `Version ${version} · `}${size} bytes</p>
                </li>`,
            )}
          </ul>`
    }
  </section>`;
}

function owned(shelf: Shelf): Html {
  return html`<aside class="owned" aria-label="Your purchase">
    <p>
      <span class="badge good">Yours</span> You have bought this. It is open on this device.
      <a href="/account">Receipts and account</a>
    </p>
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

function paywall(shelf: Shelf, options: SiteOptions, reading: Reading): Html {
  const { reason, paymentStatus, plans } = reading;
  const notice = reading.isPastDue ? pastDue(shelf, options) : explain(reason, paymentStatus);
  return html`<section class="paywall" aria-labelledby="paywall">
    ${notice ? html`<p class="notice" role="status">${notice}</p>` : ''}
    <h2 id="paywall">Read on</h2>
    <p>The rest of this text is for readers who pay for it.</p>
    ${planList(shelf, plans, shelf.path)}
    <p class="aside">Already bought? <a href="/account">Sign in with your address</a></p>
  </section>`;
}

function pastDue({ tenant }: Shelf, { gatewayUrl }: SiteOptions): Html {
  return html`Your last payment failed.
    <a href="${portalAddress(gatewayUrl, tenant)}" target="_blank">Update your card</a>, and this text opens
    again when it is paid.`;
}

function explain(reason: string, paymentStatus: string | undefined): string | undefined {
  if (reason === 'revoked') return 'Your purchase was refunded or withdrawn, so this text is closed again.';
  if (reason === 'expired') return 'Your subscription has ended, so this text is closed again.';
  if (reason === 'not_granted') return 'What you have bought does not include this text.';
  return explainUnpaid(paymentStatus);
}

/** What became of a checkout that its buyer came back from without having paid. */
export function explainUnpaid(paymentStatus: string | undefined): string | undefined {
  if (paymentStatus === 'failed') return 'Your payment was declined. Nothing was charged.';
  if (paymentStatus === 'expired')
    return 'That checkout is too old. Nothing was charged; please start again.';
  if (paymentStatus === 'pending') return 'You have not paid yet. Nothing was charged.';
  return undefined;
}

/** A page that says one thing, and leads on. */
export function messagePage(message: {
  title: string;
  text: string;
  link?: { href: string; text: string };
}): Html {
  const { href, text } = message.link ?? { href: '/', text: 'Go to the shop' };
  return layout({
    title: `${message.title} · Quay`,
    current: '',
    body: html`<main id="main" class="page">
      <h1>${message.title}</h1>
      <p class="lead">${message.text}</p>
      <p><a class="button" href="${href}">${text}</a></p>
    </main>`,
  });
}

export function notFoundPage(): Html {
  return messagePage({
    title: 'There is nothing at this address',
    text: 'Perhaps it was moved by the tide.',
  });
}
