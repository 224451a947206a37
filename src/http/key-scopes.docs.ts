import type { KeyScope } from './key-scopes.rules.ts';

/** What each scope of a secret key is for. docs/keys.md has the same table. */
export const KEY_SCOPE_DOCS: Readonly<Record<KeyScope, string>> = {
  'access:read': 'Ask what a customer may use.',
  'products:read': 'List what the app sells.',
  'payments:read': 'Read payments, invoices and receipts.',
  'payments:write':
    'Start payments, also in the name of a customer: whoever pays such a one, be it of a free product, comes back signed in as that customer.',
  'refunds:read': 'Read refunds.',
  'refunds:write': 'Give money back.',
  'discounts:read': 'Read discounts, campaigns, what is left of them, and who redeemed them.',
  'discounts:write': 'Make, change and delete discounts and campaigns: whoever may, can sell for nothing.',
  'disputes:read': 'Read what buyers’ banks ask back.',
  'disputes:write': 'Accept disputes, which loses them.',
  'subscriptions:read': 'Read subscriptions, and what a change would cost.',
  'subscriptions:write': 'Change, pause and cancel subscriptions, also with a refund.',
  'grants:read': 'Read what customers have been given, with its history and notes.',
  'customers:read':
    'List customers, read and export all of one, and what has happened, whatever other scopes the key has.',
  'customers:write':
    'Say which user a customer is, name users before they buy, erase customers: whoever may, can open any purchase to any user.',
  'grants:write':
    'Give customers something without a purchase, take it back, and note what was done for grants that people fulfil.',
  'downloads:read':
    'See which files a customer may download, hand out their addresses, and read how often each was downloaded, and by whom.',
  'gifts:read': 'Read gifts, with whom they are for.',
  'gifts:write':
    'Sell gifts, make paid purchases gifts, claim and cancel them: whoever may, can move any one-time purchase to any user.',
  'license_keys:read': 'Check licence keys, list and read them, also whole.',
  'license_keys:write': 'Activate and deactivate licence keys, count their usage, change and revoke them.',
  'events:read':
    'Read what has happened: events with all that they say of payments and buyers; keep cursors.',
  'webhooks:read': 'Read endpoints, deliveries and their attempts.',
  'webhooks:write':
    'Register, change and test endpoints, and have events sent again: whoever may, can have events sent to themselves.',
  'sessions:read': 'List the sessions of a customer.',
  'sessions:write':
    'Sign visitors in and out: vouch for users, exchange codes, sign in by mail, end sessions; whoever may, can sign in as any user.',
};
