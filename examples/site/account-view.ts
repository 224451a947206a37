import { html } from 'hono/html';
import type { Reader } from './gateway.ts';
import type { Payment } from './gateway-payments.ts';
import { type Html, layout } from './layout.ts';
import { planName } from './plans.ts';
import { amountText, dateText, documentLinks, isWhole } from './receipt-view.ts';
import { portalAddress, type Shelf, type SiteOptions } from './tenants.ts';

/** What a shelf knows of the reader. */
export interface Holding {
  shelf: Shelf;
  /** Undefined: nobody has signed in or bought here. */
  reader: Reader | undefined;
  /** Undefined: the gateway cannot be asked. */
  payments: readonly Payment[] | undefined;
  /** What was wrong with what was just typed. */
  error?: string | undefined;
}

export function accountPage(holdings: readonly Holding[], options: SiteOptions): Html {
  return layout({
    title: 'Account · Quay',
    current: '/account',
    body: html`<main id="main" class="page wide">
      <h1>Your account</h1>
      <p class="lead">
        Already bought? Sign in with the address that you gave at the checkout. Quay and Atlas are two shops,
        so each has its own.
      </p>
      <div class="offers">${holdings.map((holding) => holdingCard(holding, options))}</div>
    </main>`,
  });
}

function holdingCard({ shelf, reader, payments, error }: Holding, { gatewayUrl }: SiteOptions): Html {
  const heading = `account-${shelf.tenant}`;
  return html`<section class="offer" aria-labelledby="${heading}">
    <h2 id="${heading}">${shelf.title}</h2>
    ${reader === undefined ? '' : reader.email === null ? html`<p class="soft">This browser holds one purchase.</p>` : html`<p>Signed in as <strong>${reader.email}</strong></p>`}
    ${payments === undefined ? html`<p class="error">Your purchases cannot be looked up right now.</p>` : purchases(shelf, payments)}
    ${
      reader === undefined || reader.email === null
        ? signInForm(
            shelf,
            reader === undefined ? 'Your e-mail address' : 'See all that you bought: your e-mail address',
            error,
          )
        : html`<p>
            <a href="${portalAddress(gatewayUrl, shelf.tenant)}" target="_blank">Cancel or change at Polar</a>
          </p>`
    }
    ${
      reader === undefined
        ? ''
        : html`<form method="post" action="${shelf.path}/leave">
            <input type="hidden" name="from" value="/account" />
            <button class="quiet" type="submit">Sign out of ${shelf.title}</button>
          </form>`
    }
  </section>`;
}

function purchases(shelf: Shelf, payments: readonly Payment[]): Html | '' {
  if (payments.length === 0) return '';
  return html`<ul class="purchases">
    ${payments.map(
      (payment) =>
        html`<li>
          <p>
            <strong>${planName(payment.product.name ?? shelf.title)}</strong>
            <span>${amountText(payment.amount, payment.currency)}</span>
          </p>
          <p class="soft">
            ${dateText(payment.succeeded_at ?? payment.created_at)}, ${payment.status.replaceAll('_', ' ')}
            ${isWhole(payment) ? html`· ${documentLinks(shelf, payment)}` : ''}
          </p>
        </li>`,
    )}
  </ul>`;
}

function signInForm({ tenant, title }: Shelf, label: string, error: string | undefined): Html {
  const id = `email-${tenant}`;
  return html`<form class="sign-in" method="post" action="/account/${tenant}/code">
    <label for="${id}">${label}</label>
    <input
      id="${id}"
      name="email"
      type="email"
      autocomplete="email"
      required
      ${error === undefined ? '' : html`aria-invalid="true" aria-describedby="${id}-error" autofocus`}
    />
    ${error === undefined ? '' : html`<p class="error" id="${id}-error" role="alert">${error}</p>`}
    <button type="submit">Send a code<span class="hidden"> for ${title}</span></button>
  </form>`;
}

/** Where the code is typed. */
export function codePage(shelf: Shelf, error?: string): Html {
  return layout({
    title: `Type the code · ${shelf.title}`,
    current: '/account',
    body: html`<main id="main" class="page">
      <p class="kicker">${shelf.title}</p>
      <h1>Type the code</h1>
      <p class="lead">If you have bought here, a code is on its way to you.</p>
      <p><a href="/mail" target="_blank">Open the mail box</a> of this machine in a new tab.</p>
      <form class="sign-in" method="post" action="/account/${shelf.tenant}/verify">
        <label for="code">Code from the mail</label>
        <input
          id="code"
          name="code"
          inputmode="numeric"
          autocomplete="one-time-code"
          required
          autofocus
          ${error === undefined ? '' : html`aria-invalid="true" aria-describedby="code-error"`}
        />
        ${error === undefined ? '' : html`<p class="error" id="code-error" role="alert">${error}</p>`}
        <button type="submit">Sign in</button>
      </form>
      <p class="aside"><a href="/account">Ask for another code</a></p>
    </main>`,
  });
}
