import { html } from 'hono/html';
import { type Html, layout } from './layout.ts';
import { explainUnpaid } from './pages.ts';
import { planList, type Plan } from './plans.ts';
import type { Shelf, SiteOptions } from './tenants.ts';

/** A shelf as the front page shows it. */
export interface Offer {
  shelf: Shelf;
  /** Whether this reader has bought it. */
  isOwned: boolean;
  plans: readonly Plan[] | undefined;
}

/** The first screen: two products side by side, what happens next, and where to look. */
export function homePage(
  offers: readonly Offer[],
  options: SiteOptions,
  paymentStatus: string | undefined,
): Html {
  const notice = explainUnpaid(paymentStatus);
  return layout({
    title: 'Quay: stories from the waterfront',
    current: '/',
    body: html`<main id="main" class="page wide">
      <h1>Stories from the waterfront, and a guide to its lamps</h1>
      <p class="lead">
        Buy one of them.
        ${options.simulatorUrl ? 'No money moves: Polar is simulated on this machine.' : 'No money moves: this is Polar’s sandbox.'}
      </p>
      ${notice ? html`<p class="notice" role="status">${notice}</p>` : ''}
      <div class="offers">${offers.map(offerCard)}</div>
      <p class="aside">Already bought? <a href="/account">Sign in with your address</a></p>
      ${nextSteps(options)}
    </main>`,
  });
}

function offerCard({ shelf, isOwned, plans }: Offer): Html {
  const { article, title, path, includes, quote } = shelf;
  return html`<section class="offer" aria-labelledby="offer-${shelf.tenant}">
    <p class="kicker">${title} · ${article.minutes} min</p>
    <h2 id="offer-${shelf.tenant}"><a href="${path}">${article.title}</a></h2>
    <p>${article.lead}</p>
    <ul class="includes">
      ${includes.map((each) => html`<li>${each}</li>`)}
    </ul>
    ${quote === undefined ? '' : html`<blockquote>${quote}</blockquote>`}
    ${
      isOwned
        ? html`<p class="yours">
            <span class="badge good">Yours</span> <a class="button" href="${path}">Read it</a>
          </p>`
        : planList(shelf, plans, '/')
    }
  </section>`;
}

function nextSteps({ gatewayUrl, simulatorUrl }: SiteOptions): Html {
  return html`<section class="next" aria-labelledby="next">
    <h2 id="next">What happens next</h2>
    <ol class="steps">
      <li>
        <h3>You pay</h3>
        <p>
          At Polar’s checkout.
          ${
            simulatorUrl
              ? html`The card <code>4242 4242 4242 4242</code> is paid, <code>4000 0000 0000 0002</code> is
                  declined.`
              : ''
          }
        </p>
      </li>
      <li>
        <h3>It opens</h3>
        <p>You come back to a receipt, and the text is open in this browser.</p>
      </li>
      <li>
        <h3>The shop hears of it</h3>
        <p>Each message that its backend gets is in <a href="/events">Events</a>, with its payload.</p>
      </li>
    </ol>
    <h3>Where to look</h3>
    <ul class="places">
      <li><a href="${gatewayUrl}/live" target="_top">The live page</a>: each step as it happens</li>
      ${
        simulatorUrl
          ? html`<li>
              <a href="${simulatorUrl}/_sim" target="_blank">Polar’s control page</a>: refund, renew, fail a
              payment, move the clock
            </li>`
          : ''
      }
      <li><a href="/mail">Mail</a>: the sign-in codes that the gateway sends</li>
      <li>
        <a href="${gatewayUrl}/docs/" target="_blank">The documentation</a> of the API that this shop calls
      </li>
    </ul>
  </section>`;
}
