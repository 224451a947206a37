/** What a tag of `/openapi.json` gathers. */
interface Tag {
  readonly name: string;
  readonly description: string;
}

/** Who calls, and the tags of their operations, in the order of the reference. */
export const TAG_GROUPS = [
  {
    name: 'For apps',
    tags: [
      {
        name: 'Products',
        description: 'What an app sells, with prices. Pages show it to buyers.',
      },
      {
        name: 'Payments',
        description:
          'A payment is one attempt to be paid. Your server creates it and sends the buyer to its `checkout_url`. Invoices and receipts are here too.',
      },
      {
        name: 'Checkout',
        description: 'Pages without a server start a checkout with a publishable key, or by a link.',
      },
      {
        name: 'Discounts',
        description:
          'What lowers the price of an app’s products: made, changed and counted here; and campaigns, one code of several discounts.',
      },
      {
        name: 'Gifts',
        description: 'Purchases for somebody else: sold, sent, accepted and taken back.',
      },
      { name: 'Refunds', description: 'Money that goes back, whoever gave it back.' },
      {
        name: 'Disputes',
        description: 'Buyers’ banks ask for money back: what is disputed, until when you can answer.',
      },
      {
        name: 'Subscriptions',
        description:
          'Your server reads, cancels, pauses and changes subscriptions here, and sees first what a change costs.',
      },
      {
        name: 'Grants',
        description:
          'What customers have of your benefits: how each stands, what happened to it and why, what is still to be done.',
      },
      {
        name: 'Access',
        description: 'May this customer use this? Asked by your server, by a session, or by a proxy.',
      },
      {
        name: 'Customers',
        description: 'Who has bought what, your own ids for them, and what happened with each.',
      },
      {
        name: 'Downloads',
        description:
          'Files that a customer has bought: which there are, where to fetch them, how often they were.',
      },
      {
        name: 'Licence keys',
        description:
          'Programs check, activate and give up licence keys here; your server reads and changes them. See docs/licences.md.',
      },
      {
        name: 'Sessions',
        description: 'A session says who a visitor is. It is made by your server, or from a purchase.',
      },
      {
        name: 'Sign in',
        description: 'A visitor proves an e-mail address with a code that is mailed to it.',
      },
      {
        name: 'Webhook endpoints',
        description: 'Addresses of your backend that events are sent to, and how they do.',
      },
      {
        name: 'Events and deliveries',
        description: 'What your app was told, each attempt to tell it, and how to have it told again.',
      },
      {
        name: 'Webhooks',
        description:
          'What your endpoints are sent, one entry for each type of event. Each message is signed as Standard Webhooks says. Answer with 2xx once you have kept it.',
      },
    ],
  },
  {
    name: 'For browsers',
    tags: [
      {
        name: 'Pages',
        description:
          'Pages of the gateway itself, for people to open. They answer with HTML and redirects. Programs have no use for them.',
      },
    ],
  },
  {
    name: 'For operators',
    tags: [
      { name: 'Gateway', description: 'Whether the gateway is ready, and what it lacks.' },
      {
        name: 'Secrets',
        description: 'Which secrets the gateway runs with, by names and ages, and what a rotation waits for.',
      },
      { name: 'Apps', description: 'Apps and their keys.' },
      { name: 'Audit log', description: 'Who changed what, and when.' },
      { name: 'Products of all apps', description: 'Which app owns which product.' },
      {
        name: 'Endpoints of all apps',
        description: 'Webhook endpoints that fail or are disabled, whatever their app.',
      },
      {
        name: 'Polar events',
        description: 'Webhooks of Polar’s: how they come in, and what became of them.',
      },
      {
        name: 'Unrouted purchases',
        description: 'Purchases that belong to no app, and how one gets them.',
      },
      {
        name: 'Reconcile',
        description: 'Runs that compare everything with Polar and repair what is missing or old.',
      },
    ],
  },
] as const satisfies readonly { name: string; tags: readonly Tag[] }[];

export type TagName = (typeof TAG_GROUPS)[number]['tags'][number]['name'];
