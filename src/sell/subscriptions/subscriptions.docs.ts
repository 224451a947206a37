import { document, type RouteDocs } from '../../http/route-docs.ts';
import type { ProblemCode } from '../../base/problem.ts';
import {
  deleteSubscription,
  postCancel,
  postChange,
  postDiscount,
  postPause,
  postPreview,
  postResume,
  postSeats,
  postTrial,
  postUncancel,
  postUnits,
} from './changes.routes.ts';
import { preview, subscription, subscriptionList } from './subscriptions.answers.ts';
import { getOneSubscription, getSubscriptions } from './subscriptions.routes.ts';

const tag = 'Subscriptions';

/** What any change may be refused with. */
const PROBLEMS: readonly ProblemCode[] = [
  'not_found',
  'subscription_ended',
  'subscription_ending',
  'subscription_inactive',
  'subscription_locked',
  'mode_not_configured',
  'polar_rejected',
  'polar_failed',
  'polar_unavailable',
];

const PRORATION =
  '`proration`: `invoice` charges or credits the difference now, `prorate` with the next renewal, `next_period` changes nothing before it (`pending_update`). By default as the organization has set it at Polar. Another billing interval begins, and is charged, at once.';

const change = (
  id: string,
  summary: string,
  description: string,
  problems: readonly ProblemCode[] = [],
): RouteDocs => ({
  id,
  tag,
  summary,
  description,
  responses: { 200: { description: 'The subscription as it is then', schema: subscription } },
  problems: [...PROBLEMS, ...problems],
});

export const subscriptionsDocs = document([
  [
    getSubscriptions,
    {
      id: 'listSubscriptions',
      tag,
      summary: 'List subscriptions',
      description:
        'Newest first. With `renews_before` those that will renew before a time, soonest first: neither ended, nor scheduled to end or to pause, nor past due. `customer` is a Polar id or `external:<id>`; `created_after` is inclusive, `created_before` is not. A page may be short: go on while there is a `next_cursor`.',
      responses: { 200: { description: 'A page of subscriptions', schema: subscriptionList } },
    },
  ],
  [
    getOneSubscription,
    {
      id: 'getSubscription',
      tag,
      summary: 'Read a subscription',
      description:
        'Its id is Polar’s. Amounts are in minor units, before tax. What Polar has not told yet of a subscription from an earlier release is null.',
      responses: { 200: { description: 'The subscription', schema: subscription } },
      problems: ['not_found'],
    },
  ],
  [
    postCancel,
    change(
      'cancelSubscription',
      'Cancel a subscription',
      '`at`: `period_end` lets it run until what was paid for is over, and can be taken back; `now` ends it at once, without a refund, and cannot. One that is canceled as asked already is answered as it is.',
    ),
  ],
  [
    postUncancel,
    change('uncancelSubscription', 'Take a cancellation back', 'Only before the subscription has ended.', [
      'not_scheduled',
    ]),
  ],
  [
    postPause,
    change(
      'pauseSubscription',
      'Pause a subscription at the end of its period',
      'With `resumes_at`, a time after the end of the period, it resumes by itself.',
      ['cannot_pause'],
    ),
  ],
  [
    postResume,
    change(
      'resumeSubscription',
      'Resume a subscription',
      'A paused one begins a new period now, which is charged. One that is only scheduled to pause goes on.',
      ['not_paused'],
    ),
  ],
  [
    postChange,
    change(
      'changeSubscription',
      'Change the product of a subscription',
      `Another of the app’s recurring products. ${PRORATION} The product that it has takes back one that is scheduled. What it costs \`/preview\` says.`,
      ['unknown_product', 'product_archived', 'payment_failed'],
    ),
  ],
  [
    postPreview,
    {
      id: 'previewSubscriptionChange',
      tag,
      summary: 'Say what a change would cost',
      description: `Of a change of product or of seats: what is due now, what at the next renewal, and what each period costs from then on. ${PRORATION} Computed by Polar’s rules from what Polar says now, so it is \`estimated\`: to the second, before tax, without the customer’s earlier balance and without usage. Nothing is changed.`,
      responses: { 200: { description: 'What it would cost', schema: preview } },
      problems: [
        ...PROBLEMS.filter((code) => code !== 'subscription_locked' && code !== 'polar_rejected'),
        'unknown_product',
        'product_archived',
        'conflict',
      ],
    },
  ],
  [postSeats, change('setSubscriptionSeats', 'Change the number of seats', PRORATION, ['payment_failed'])],
  [postUnits, change('setSubscriptionUnits', 'Change the number of units', PRORATION, ['payment_failed'])],
  [
    postDiscount,
    change(
      'setSubscriptionDiscount',
      'Give a subscription a discount, or take it away',
      'From the next renewal on. `null` takes it away. The discount must be bound to this app’s products, or be marked as the app’s by `gateway_product` in its metadata.',
      ['unknown_discount'],
    ),
  ],
  [
    postTrial,
    change(
      'setSubscriptionTrial',
      'Set the end of the trial',
      'A time after the end of the present period, or `now`: the trial ends, and the first period begins and is charged.',
    ),
  ],
  [
    deleteSubscription,
    change(
      'endSubscription',
      'End a subscription now',
      'The same as `/cancel` with `at: now`: its benefits go at once, without a refund.',
    ),
  ],
]);
