import type { Answer } from '../client.ts';
import type { GateAnswer } from '../gate.ts';
import type { GateReason } from '../gate-decision.ts';
import type { Messages } from './messages/en.ts';

/* What the gate's own pages show, as data: a page of the site's own gets the same. */

/** A form to send with POST, `application/x-www-form-urlencoded`. `fields` go along hidden, each by its name. */
export interface PageForm {
  action: string;
  fields: Readonly<Record<string, string>>;
}

/** What every page has. */
export interface PageBase {
  request: Request;
  /** The status that the answer has. */
  status: number;
  /** The language of `text`, for `lang`. */
  lang: string;
  /** For `Intl`: the language as the browser names it, such as `en-GB`. */
  locale: string;
  /** All texts in that language; `text.dir` is for `dir`. */
  text: Messages;
  title: string;
  /** The site's name, from the options. */
  siteName: string | undefined;
  /** The page that the visitor came from, a path of the site. */
  returnTo: string;
  links: { signIn: string; account: string };
}

export type Product = Answer<'GET /v1/products'>['data'][number];

/** A product that opens the page. */
export interface Offer {
  product: Product;
  name: string;
  description: string | null;
  /** As people read it, `€9 / month`. */
  price: string;
  /** `Free trial: 7 days`, when there is one. */
  trial: string | undefined;
  /** What the button says. */
  button: string;
  /** Creates the payment and leads to its checkout. */
  form: PageForm;
}

/** Who is signed in. */
export interface Visitor {
  /** Masked, `a…@readers.dev`; null when the session is not by mail. */
  email: string | null;
  /** `purchase`: nobody has signed in, and the session came with what was bought. */
  proof: 'purchase' | 'app' | 'email';
}

export interface DeniedPage extends PageBase {
  answer: GateAnswer;
  /** The decision's reason; `past_due`: it ended since a renewal could not be charged. */
  reason: GateReason | 'past_due';
  /** What the reason means, in one or two sentences. */
  sentence: string;
  /** Null where nothing is to be sold: the visitor may have paid, or must pay what is due. */
  offers: readonly Offer[] | null;
  /** The prices could not be read now. */
  areOffersAway: boolean;
  /** Null where signing in would not help. */
  signIn: string | null;
  visitor: Visitor | null;
  signOut: PageForm;
  /** Where a payment method is replaced, with `past_due`; and what a link to it says. */
  updatePayment: { href: string; label: string } | null;
  /** Seconds after which the page loads itself again; it sells nothing then. */
  refresh: number | null;
}

export interface SignInPage extends PageBase {
  /** Has the field `email` beside the hidden ones. */
  form: PageForm;
  /** What was typed before, when it was wrong. */
  email: string;
  error: string | null;
}

export interface CodePage extends PageBase {
  /** Has the field `code` beside the hidden ones; or `link`, what is behind `#floe_sign_in=` in the mail's link. */
  form: PageForm;
  email: string;
  error: string | null;
  /** Asks for a code once more, or with another address. */
  again: string;
  /** A script that sends the form by itself when the mail's link was followed. */
  script: string;
}

export interface AccountPurchase {
  payment: Answer<'GET /v1/payments'>['data'][number];
  name: string;
  amount: string | null;
  /** `Bought on 3 May 2027`. */
  date: string;
  state: string;
  /** Null where the buyer is not proven, or there is none. */
  invoice: string | null;
}

export interface AccountSubscription {
  subscription: Answer<'GET /v1/subscriptions'>['data'][number];
  name: string;
  price: string | null;
  /** `Active. Renews on 3 June 2027.` */
  state: string;
  isPastDue: boolean;
}

/** One of the sessions that the browser keeps. */
export interface AccountHolder {
  visitor: Visitor;
  isMember: boolean;
  purchases: readonly AccountPurchase[];
  subscriptions: readonly AccountSubscription[];
  /** There are older ones too, which are not shown. */
  hasMore: boolean;
}

export interface AccountPage extends PageBase {
  holders: readonly AccountHolder[];
  /** Something could not be read now. */
  isAway: boolean;
  signIn: string;
  signOut: PageForm;
  /** At the gateway, which asks for the address once more: subscriptions, payment methods, invoices. */
  portal: string;
}

export interface ProblemPage extends PageBase {
  sentence: string;
  /** What the site's owner should know; null unless the site is on this machine. */
  detail: string | null;
  /** Seconds after which trying again makes sense. */
  retryAfter: number | null;
}
