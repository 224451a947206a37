import { document } from '../http/route-docs.ts';
import { signedIn, startedSignIn } from './sessions.answers.ts';
import { postSignIn, postSignInVerify } from './sign-in.routes.ts';
import {
  getPortal,
  getSignIn,
  getSignInCode,
  postSignInCode,
  postSignInForm,
  postSignOut,
} from './sign-in-pages.routes.ts';

const tag = 'Sign in';
const pages = 'Pages';
const next = { Location: 'Where the browser goes next' };

export const signInDocs = document([
  [
    postSignIn,
    {
      id: 'startSignIn',
      tag,
      summary: 'Mail a code',
      description:
        'Mails a code of six digits, and with `return_url` (beneath one of the app’s callback URLs, without a fragment) a link to it that ends in `#floe_sign_in=<attempt>.<link_token>`, when the address is that of a customer of this app or of a member of one. The answer and the work before it are the same whether it is. Keep `browser_token` in the browser that asked: without it neither code nor link is right. Good for 15 minutes. Without a secret key all visitors of an app together have a bound (`429` with `Retry-After`, whoever’s address it is). An address gets five mails an hour from an app, and fifteen from all apps of the gateway together. With an `Idempotency-Key` an answer that was lost on its way can be had again, for the mail that was sent.',
      responses: {
        202: {
          description: 'Ask for the code',
          schema: startedSignIn,
        },
      },
      problems: ['disallowed_url', 'rate_limited', 'mail_not_configured'],
    },
  ],
  [
    postSignInVerify,
    {
      id: 'verifySignIn',
      tag,
      summary: 'Sign in with a code',
      description:
        'The `code` from the mail, or the `link_token` from its link, once, with the `attempt` and the `browser_token` of the request for it. Five guesses an attempt. All failures look alike. An address stands for all that it is here, a customer and a member of teams: `others` has a session for each beside the first, three at most; keep them all. Customers that own something come first, then members, the newest of each, then whoever has not paid for anything. Always new sessions; name the one the visitor has as `session`, and it is ended when one of the new ones opens all that it did (`replaced`): a purchase-only session whose buyer has the address becomes the customer’s. Someone else’s purchase stays as it is. Send an `Idempotency-Key` and an answer that was lost on its way can be had again: the same key with the same body gives the same sessions.',
      responses: {
        200: {
          description: 'The sessions, shown this once, for 30 days',
          schema: signedIn,
        },
      },
      problems: ['invalid_code', 'rate_limited'],
    },
  ],
  [
    getSignIn,
    {
      id: 'showSignIn',
      tag: pages,
      problemPages: true,
      summary: 'Sign in',
      description:
        'A page that asks for the e-mail address, or says who is signed in. Works without a script.',
      responses: { 200: { description: 'The page', contentType: 'text/html' } },
      problems: ['not_found', 'mail_not_configured'],
    },
  ],
  [
    postSignInForm,
    {
      id: 'submitSignIn',
      tag: pages,
      problemPages: true,
      summary: 'Ask for a code',
      description: 'The form of `GET /sign-in`, from that page only.',
      responses: { 303: { description: 'To the page that takes the code', headers: next } },
      problems: ['not_found', 'rate_limited', 'mail_not_configured'],
    },
  ],
  [
    getSignInCode,
    {
      id: 'showSignInCode',
      tag: pages,
      problemPages: true,
      summary: 'Enter the code',
      description: 'A page that takes the code from the mail. Works without a script.',
      responses: {
        200: { description: 'The page', contentType: 'text/html' },
        303: { description: 'To `/sign-in`: this browser asked for none', headers: next },
      },
      problems: ['not_found'],
    },
  ],
  [
    postSignInCode,
    {
      id: 'submitSignInCode',
      tag: pages,
      problemPages: true,
      summary: 'Sign in here',
      description:
        'The form of `GET /sign-in/code`, from that page only. Sets the cookie `__Host-floe`, which no app gets and no other route takes.',
      responses: {
        303: { description: 'Signed in', headers: next },
        400: { description: 'The code is not right: the page again', contentType: 'text/html' },
      },
      problems: ['not_found', 'rate_limited'],
    },
  ],
  [
    postSignOut,
    {
      id: 'signOut',
      tag: pages,
      problemPages: true,
      summary: 'Sign out here',
      description:
        'The form of `GET /sign-in`, from that page only. Ends the session of the gateway’s own pages.',
      responses: { 303: { description: 'Signed out', headers: next } },
    },
  ],
  [
    getPortal,
    {
      id: 'openPortal',
      tag: pages,
      problemPages: true,
      summary: 'To Polar’s customer portal',
      description:
        'Redirects whoever has signed in on the gateway’s own pages. The portal shows all of the organization’s products, so its address goes to that browser alone: an app’s sessions are not taken here, link your customers to it. HEAD and prefetching open nothing.',
      responses: { 303: { description: 'To Polar, or to `/sign-in` first', headers: next } },
      problems: [
        'not_found',
        'forbidden_origin',
        'method_not_allowed',
        'rate_limited',
        'polar_rejected',
        'polar_failed',
        'polar_unavailable',
        'mode_not_configured',
      ],
    },
  ],
]);
