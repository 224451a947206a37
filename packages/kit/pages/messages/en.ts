/*
 * The texts of the gate's own pages, in English. The other languages are typed by this one, so that none can lack a text.
 * What is in braces is put in: `{email}`.
 */
export const en = {
  dir: 'ltr' as 'ltr' | 'rtl',

  /* A page that may not be seen. */
  closedTitle: 'Available after purchase',
  closedNew: 'Buy it to go on. If you have bought it before, sign in.',
  closedOther: 'What you have bought does not include this.',
  closedRevoked:
    'You no longer have access. It was taken back, for example because the purchase was refunded.',
  closedEnded: 'Your subscription has ended. Subscribe again to go on.',
  closedPastDue:
    'The last payment for your subscription failed. Update your payment method, and this opens again.',
  thanksTitle: 'Thank you for your purchase',
  thanksSignIn:
    'If you have just paid, sign in with the e-mail address of your purchase to go on: this browser has not kept the purchase.',
  pendingTitle: 'Your payment is being confirmed',
  pendingSentence: 'That takes a few seconds, with some banks a few days.',
  awayTitle: 'One moment, please',
  awaySentence: 'Whether you may see this cannot be checked right now.',
  triesAgain: 'This page tries again by itself.',
  tryThen: 'Please try again in a moment.',
  notForSaleTitle: 'Not for sale',
  notForSale: 'Nothing that is sold here opens this page.',

  /* What can be bought. */
  offers: 'Ways to buy it',
  noOffers: 'It cannot be bought at the moment.',
  offersAway: 'The prices cannot be shown right now. Please try again in a moment.',
  buy: 'Buy',
  subscribe: 'Subscribe',
  startTrial: 'Start free trial',
  getFree: 'Get it for free',
  free: 'Free',
  anyPrice: 'You choose the price',
  fromPrice: 'from {price}',
  perSeat: '{price} per seat',
  byUse: 'charged by use',
  perInterval: '{price} / {interval}',
  day: 'day',
  week: 'week',
  month: 'month',
  year: 'year',
  trial: 'Free trial: {time}',

  /* Signing in. */
  boughtBefore: 'Already bought?',
  signIn: 'Sign in',
  signInIntro: 'Enter the e-mail address that you used to buy. A code is sent to it.',
  email: 'E-mail address',
  sendCode: 'Send code',
  emailWrong: 'Enter a complete e-mail address, such as name@example.com.',
  codeTitle: 'Enter your code',
  codeIntro: 'If something was bought with {email}, a mail with a six-digit code is on its way.',
  codeHint: 'The code is valid for 15 minutes, and only in this browser. The link in the mail does the same.',
  code: 'Code',
  codeWrong: 'This code is not right, or no longer valid. After five wrong codes you need a new one.',
  codeAgain: 'Send a new code',
  askFirst:
    'A code or a link works once, for 15 minutes, and only in the browser in which it was asked for. Ask for a new one here, please.',
  tooMany: 'That was tried too often. Please try again {when}.',
  pageOld: 'This page was open for too long. Please try again.',

  /* The account. */
  account: 'Your account',
  signedInAs: 'You are signed in as {email}.',
  signedIn: 'You are signed in.',
  boughtHere:
    'This browser knows what was bought in it. Sign in to see it on your other devices, and all that you have bought.',
  signedOut: 'You are not signed in.',
  signOut: 'Sign out',
  purchases: 'Purchases',
  subscriptions: 'Subscriptions',
  nothingBought: 'Nothing has been bought yet.',
  boughtMore: 'Only the newest are shown here.',
  accountAway: 'What you have bought cannot be shown right now. Please try again in a moment.',
  boughtOn: 'Bought on {date}',
  paid: 'Paid',
  partlyRefunded: 'Partly refunded',
  refunded: 'Refunded',
  renews: 'Active. Renews on {date}.',
  runsOut: 'Active until {date}. It does not renew.',
  trialUntil: 'Free trial until {date}',
  pastDue: 'The last payment failed. Update your payment method.',
  paused: 'Paused',
  ended: 'Ended on {date}',
  inTeam: 'A place in a team',
  invoice: 'Invoice',
  invoiceLater: 'The invoice is not ready yet. Please try again in a moment.',
  manage: 'Change subscriptions and payment methods',
  updatePayment: 'Update payment method',
  signInToUpdate: 'Sign in to update your payment method',
  back: 'Back',

  /* What can go wrong. */
  problemTitle: 'That did not work',
  buyFailed: 'The checkout could not be opened. Nothing was charged.',
  soldNoMore: 'This is not sold any more.',
  subscribedAlready: 'You have a subscription already. You can change it in your account.',
  noMail: 'No mail can be sent at the moment. Please try again later.',
  shopAway: 'The shop cannot be reached right now.',
  fileUnknown:
    'What was bought in this browser gives no file of this name. If you have just paid, try again in a moment. If you bought it elsewhere, sign in.',
  fileSeveral: 'Several of your files have this name. Please ask the seller which is which.',
  fileAway: 'This file cannot be fetched at the moment. Please ask the seller.',
};

/** All texts of one language. */
export type Messages = typeof en;
