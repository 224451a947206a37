import { html } from 'hono/html';
import { SIGN_IN_MINUTES } from './sign-in.rules.ts';
import { type Html, page } from '../http/page.ts';

/** What every page about signing in knows. */
export interface SignInPage {
  appName: string;
  appSlug: string;
  /** Where to go after signing in; '' to stay here. */
  to: string;
  formToken: string;
}

export function addressPage(shown: SignInPage): Html {
  return page(
    `Sign in to ${shown.appName}`,
    html`<h1>Sign in to ${shown.appName}</h1>
      <p>You get a code by mail, at the address with which you bought.</p>
      <form method="post" action="/sign-in">
        ${hidden(shown)}
        <label for="email">E-mail address</label>
        <input id="email" name="email" type="email" autocomplete="email" maxlength="254" required />
        <button>Send the code</button>
      </form>`,
  );
}

/** `problem`: why the last code was refused. */
export function codePage(shown: SignInPage, problem?: string): Html {
  return page(
    `Enter your code for ${shown.appName}`,
    html`<h1>Enter your code</h1>
      ${problem === undefined ? '' : html`<p role="alert" id="problem">${problem}</p>`}
      <p>
        If ${shown.appName} knows the address, a mail with a code of six digits is on its way. It is right for
        ${SIGN_IN_MINUTES} minutes, in this browser.
      </p>
      <form method="post" action="/sign-in/code">
        ${hidden(shown)}
        <label for="code">Code</label>
        <input
          id="code"
          name="code"
          inputmode="numeric"
          autocomplete="one-time-code"
          maxlength="20"
          required
          ${problem === undefined ? '' : html`aria-invalid="true" aria-describedby="problem"`}
        />
        <button>Sign in</button>
      </form>
      <p><a href="${pathTo('/sign-in', shown)}">Ask for another code</a></p>`,
  );
}

export function signedInPage(shown: SignInPage, address: string): Html {
  return page(
    `Signed in to ${shown.appName}`,
    html`<h1>You are signed in</h1>
      <p>${address} at ${shown.appName}</p>
      <p>
        <a class="button" href="${pathTo('/portal', { ...shown, to: '' })}"
          >Your purchases, invoices and cards at Polar</a
        >
      </p>
      <form method="post" action="/sign-out">
        ${hidden(shown)}
        <button class="quiet">Sign out</button>
      </form>`,
  );
}

/** The address of one of these pages, for the same app and target. */
export function pathTo(path: string, { appSlug, to }: Pick<SignInPage, 'appSlug' | 'to'>): string {
  const query = new URLSearchParams({ app: appSlug, ...(to === '' ? {} : { to }) });
  return `${path}?${query.toString()}`;
}

function hidden(shown: SignInPage): Html {
  return html`<input type="hidden" name="form_token" value="${shown.formToken}" />
    <input type="hidden" name="app" value="${shown.appSlug}" />
    <input type="hidden" name="to" value="${shown.to}" />`;
}
