import type {
  AccountHolder,
  AccountPage,
  AccountPurchase,
  AccountSubscription,
  CodePage,
  DeniedPage,
  Offer,
  PageBase,
  ProblemPage,
  SignInPage,
  Visitor,
} from './data.ts';
import { form, type Markup, markup } from './markup.ts';

/* The kit's own pages, without what is around them. */

type Text = PageBase['text'];

export function viewDenied(page: DeniedPage): Markup {
  const { text, sentence, refresh, offers, areOffersAway, updatePayment } = page;
  return markup`<p role="status">${sentence}${refresh !== null && ` ${text.triesAgain}`}</p>
${offers !== null && viewOffers(offers, areOffersAway, text)}${
    updatePayment !== null && markup`<p>${link(updatePayment.href, updatePayment.label)}</p>\n`
  }${viewFoot(page)}`;
}

function viewOffers(offers: readonly Offer[], areAway: boolean, text: Text): Markup {
  if (offers.length === 0) return markup`<p>${areAway ? text.offersAway : text.noOffers}</p>\n`;
  return markup`<ul class="floe-cards" aria-label="${text.offers}">
${offers.map(viewOffer)}</ul>
`;
}

function viewOffer({ name, description, price, trial, button, form: buy }: Offer, i: number): Markup {
  return markup`<li class="floe-card">
<h2 id="floe-offer-${i}">${bdi(name)}</h2>
${description !== null && markup`<p class="floe-muted">${bdi(description)}</p>\n`}
<p class="floe-price" id="floe-price-${i}">${price}</p>
${trial !== undefined && markup`<p class="floe-muted">${trial}</p>\n`}${form(
    buy,
    markup`<button id="floe-buy-${i}" aria-labelledby="floe-buy-${i} floe-offer-${i}" aria-describedby="floe-price-${i}">${button}</button>`,
  )}
</li>
`;
}

/** Who is signed in, and the ways to change that. */
function viewFoot({ text, links, visitor, signOut, signIn }: DeniedPage): Markup | undefined {
  if (visitor === null && signIn === null) return undefined;
  const isStranger = visitor === null || visitor.proof === 'purchase';
  return markup`<footer class="floe-foot">
${!isStranger && markup`<p>${sayVisitor(visitor, text)}</p>\n`}${
    signIn !== null && isStranger && markup`<p>${text.boughtBefore} ${link(signIn, text.signIn)}</p>\n`
  }${
    visitor !== null &&
    markup`<p>${link(links.account, text.account)}</p>
${form(signOut, quietButton(text.signOut))}
`
  }</footer>`;
}

/** What others have written keeps its own direction. */
const bdi = (text: string) => markup`<bdi>${text}</bdi>`;
const link = (href: string, text: string) => markup`<a href="${href}">${text}</a>`;
const quietButton = (text: string) => markup`<button class="floe-quiet">${text}</button>`;

function sayVisitor({ email }: Visitor, text: Text): Markup {
  return email === null ? markup`${text.signedIn}` : sayAround(text.signedInAs, 'email', email);
}

/** A text with an address in it, which keeps its own direction. */
function sayAround(text: string, name: string, value: string): Markup {
  const [before = '', after = ''] = text.split(`{${name}}`);
  return markup`${before}${bdi(value)}${after}`;
}

export function viewSignIn({ text, form: ask, email, error, returnTo }: SignInPage): Markup {
  return markup`<p>${text.signInIntro}</p>
${form(
  ask,
  markup`<label for="floe-email">${text.email}</label>
<input id="floe-email" name="email" type="email" autocomplete="email" required maxlength="254" value="${email}" dir="ltr"${describe(error)}>
${viewError(error)}<button>${text.sendCode}</button>`,
)}
<p class="floe-foot">${link(returnTo, text.back)}</p>`;
}

export function viewCode({ text, form: enter, email, error, again, returnTo }: CodePage): Markup {
  return markup`<p>${sayAround(text.codeIntro, 'email', email)}</p>
<p class="floe-muted">${text.codeHint}</p>
${form(
  enter,
  markup`<label for="floe-code">${text.code}</label>
<input class="floe-code" id="floe-code" name="code" autocomplete="one-time-code" inputmode="numeric" required maxlength="20"${describe(error)}>
${viewError(error)}<button>${text.signIn}</button>`,
)}
<p class="floe-foot">${link(again, text.codeAgain)} ${link(returnTo, text.back)}</p>`;
}

const describe = (error: string | null) =>
  error !== null && markup` aria-invalid="true" aria-describedby="floe-error"`;

const viewError = (error: string | null) =>
  error !== null && markup`<p class="floe-error" id="floe-error" role="alert">${error}</p>\n`;

export function viewAccount(page: AccountPage): Markup {
  const { text, holders, isAway, signIn, signOut, portal, returnTo } = page;
  const isProven = holders.some(({ visitor }) => visitor.proof !== 'purchase');
  const hasPortal = holders.some(({ visitor, isMember }) => visitor.proof !== 'purchase' && !isMember);
  return markup`${holders.length === 0 && markup`<p>${text.signedOut}</p>\n`}${
    holders.length > 0 && !isProven && markup`<p>${text.boughtHere}</p>\n`
  }${isAway && markup`<p class="floe-error" role="alert">${text.accountAway}</p>\n`}${
    !isProven && markup`<p>${link(signIn, text.signIn)}</p>\n`
  }${holders.map((holder) => viewHolder(holder, page))}${
    hasPortal && markup`<p class="floe-more">${link(portal, text.manage)}</p>\n`
  }<footer class="floe-foot">
<p>${link(returnTo, text.back)}</p>
${holders.length > 0 && form(signOut, quietButton(text.signOut))}
</footer>`;
}

function viewHolder(holder: AccountHolder, { text, portal, isAway }: AccountPage): Markup {
  const { visitor, isMember, purchases, subscriptions, hasMore } = holder;
  const isProven = visitor.proof !== 'purchase';
  const hasNothing = !isMember && !isAway && purchases.length + subscriptions.length === 0;
  return markup`${isProven && markup`<p>${sayVisitor(visitor, text)}</p>\n`}${
    isMember && markup`<p class="floe-muted">${text.inTeam}</p>\n`
  }${
    subscriptions.length > 0 &&
    viewList(
      text.subscriptions,
      subscriptions.map((each) =>
        viewSubscription(each, link(portal, isProven ? text.updatePayment : text.signInToUpdate)),
      ),
    )
  }${
    purchases.length > 0 &&
    viewList(
      text.purchases,
      purchases.map((each) => viewPurchase(each, text)),
    )
  }${hasMore && markup`<p class="floe-muted">${text.boughtMore}</p>\n`}${
    hasNothing && markup`<p>${text.nothingBought}</p>\n`
  }`;
}

function viewList(title: string, items: readonly Markup[]): Markup {
  return markup`<section>
<h2>${title}</h2>
<ul class="floe-cards">
${items}</ul>
</section>
`;
}

function viewSubscription({ name, price, state, isPastDue }: AccountSubscription, mend: Markup): Markup {
  return markup`<li class="floe-card">
<p class="floe-price">${bdi(name)}</p>
${price !== null && markup`<p>${price}</p>\n`}<p class="${isPastDue ? 'floe-error' : 'floe-muted'}">${state}</p>
${isPastDue && markup`<p>${mend}</p>\n`}</li>
`;
}

function viewPurchase({ name, amount, date, state, invoice }: AccountPurchase, text: Text): Markup {
  return markup`<li class="floe-card">
<p class="floe-price">${bdi(name)}</p>
${amount !== null && markup`<p>${amount}</p>\n`}<p class="floe-muted">${date} · ${state}</p>
${
  invoice !== null &&
  markup`<p><a href="${invoice}" aria-label="${text.invoice}: ${name}, ${date}">${text.invoice}</a></p>\n`
}</li>
`;
}

export function viewProblem({ text, sentence, detail, returnTo }: ProblemPage): Markup {
  return markup`<p role="alert">${sentence}</p>
${detail !== null && markup`<p class="floe-muted" lang="en" dir="ltr">${detail}</p>\n`}<p class="floe-foot">${link(returnTo, text.back)}</p>`;
}
