import { html } from 'hono/html';
import { type Html, page } from '../../http/page.ts';

/** What the pages of a gift know. */
export interface GiftPage {
  appName: string;
  productName: string | null;
  fromName: string | null;
  message: string | null;
  /** The link was mailed, so it is known whose the gift is. */
  isMailed: boolean;
  formToken: string;
  /** The app's site. */
  site: string;
}

/** What somebody typed for an address, and what is wrong with it. */
interface Typed {
  email: string;
  problem: string;
}

/** The gift, with the button that accepts it. The form is sent to the page's own address. */
export function giftPage(shown: GiftPage, typed?: Typed): Html {
  const { appName, fromName, isMailed } = shown;
  const title = fromName === null ? 'A gift for you' : `${fromName} has a gift for you`;
  return page(
    title,
    html`<p class="kicker">${appName}</p>
      <h1>${title}</h1>
      <p><strong>${whatItIs(shown)}</strong></p>
      ${shown.message === null ? '' : html`<blockquote>${shown.message}</blockquote>`}
      <form method="post">
        <input type="hidden" name="form_token" value="${shown.formToken}" />
        ${isMailed ? '' : addressField(typed)}
        <button>Accept the gift</button>
      </form>
      <p class="small">
        ${
          isMailed
            ? 'It stays with the address that it was sent to: with that you can sign in on any device.'
            : 'It works once. Whoever accepts it has it.'
        }
      </p>`,
  );
}

function addressField(typed: Typed | undefined): Html {
  return html`<label for="email">Your e-mail address</label>
    ${typed === undefined ? '' : html`<p role="alert" id="problem">${typed.problem}</p>`}
    <input
      id="email"
      name="email"
      type="email"
      autocomplete="email"
      maxlength="254"
      required
      value="${typed?.email ?? ''}"
      aria-describedby="${typed === undefined ? 'why' : 'problem why'}"
      ${typed === undefined ? '' : html`aria-invalid="true" autofocus`}
    />
    <p class="small" id="why">With it you can sign in on any other device. Nothing is mailed now.</p>`;
}

/** It is accepted: the browser goes on by itself, or by the button. */
export function goOnPage(shown: GiftPage, location: string): Html {
  return page(
    'The gift is yours',
    html`<p class="kicker">${shown.appName}</p>
      <h1>The gift is yours</h1>
      <p><strong>${whatItIs(shown)}</strong></p>
      <p><a class="button" href="${location}" rel="noreferrer">Go on to ${shown.appName}</a></p>`,
  );
}

/** The link opens nothing any more, or not yet. */
export function overPage(shown: GiftPage, why: string, { isClaimed }: { isClaimed: boolean }): Html {
  return page(
    why,
    html`<p class="kicker">${shown.appName}</p>
      <h1>${isClaimed ? 'This gift was accepted before' : 'This gift cannot be accepted'}</h1>
      ${
        isClaimed
          ? html`<p>If that was you, sign in with your e-mail address.</p>
              <p><a class="button" href="${shown.site}" rel="noreferrer">Go to ${shown.appName}</a></p>`
          : html`<p>${why}</p>`
      }`,
  );
}

function whatItIs({ productName, appName }: GiftPage): string {
  return productName ?? appName;
}
