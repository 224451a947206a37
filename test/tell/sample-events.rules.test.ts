import { describe, expect, test } from 'vitest';
import { presentPayment } from '../../src/base/payment.rules.ts';
import {
  checkoutEvents,
  grantEvents,
  orderEvents,
  refundEvents,
  seatEvents,
  subscriptionEvents,
  type ToldEvent,
} from '../../src/record/what-is-told.rules.ts';
import { sampleBody } from '../../src/tell/events/sample-events.rules.ts';
import { EVENT_TYPES, isEventType } from '../../src/base/event-types.rules.ts';
import type { Observation } from '../../src/polar/snapshots.rules.ts';
import { observePolarEvent } from '../../src/polar/observe.rules.ts';

/** The types that apps are promised; ADR 2 says what each comes from. */
const CONTRACT = [
  ...['pending', 'succeeded', 'retry_scheduled', 'failed', 'expired', 'updated'].map(
    (verb) => `payment.${verb}`,
  ),
  ...['created', 'succeeded', 'failed'].map((verb) => `refund.${verb}`),
  ...'created active updated renewed past_due paused resumed canceled uncanceled ending revoked'
    .split(' ')
    .map((verb) => `subscription.${verb}`),
  ...['created', 'updated', 'renewed', 'revoked', 'action_required', 'fulfilled'].map(
    (verb) => `grant.${verb}`,
  ),
  ...['created', 'updated', 'deleted'].map((verb) => `customer.${verb}`),
  ...['assigned', 'claimed', 'revoked'].map((verb) => `seat.${verb}`),
  ...['created', 'updated', 'won', 'lost', 'prevented'].map((verb) => `dispute.${verb}`),
  ...['failing', 'disabled'].map((verb) => `endpoint.${verb}`),
];
const NOW = Date.UTC(2026, 10, 21, 10);
const NOUNS_WITHOUT_PAYMENT = ['customer', 'endpoint', 'polar'];

interface Body {
  type: string;
  timestamp: string;
  data: {
    payment: { id: string; status: string; order_id: string | null } | null;
    polar: { type: string; data: Record<string, unknown> } | null;
    endpoint?: Record<string, unknown>;
    gift?: Record<string, unknown>;
    discount?: Record<string, unknown>;
    [key: string]: unknown;
  };
}

const read = (type: string): Body =>
  JSON.parse(sampleBody(type, { id: 'evt_1', app: 'quay-live', mode: 'live', now: NOW })) as Body;

const PAYMENT_KEYS = Object.keys(
  presentPayment({
    id: '',
    status: 'pending',
    kind: 'checkout',
    method: '',
    disputed: false,
    productId: null,
    amount: null,
    refundedAmount: 0,
    refundedTaxAmount: 0,
    refundableAmount: 0,
    currency: null,
    customerId: null,
    externalCustomerId: null,
    customerEmail: null,
    checkoutId: null,
    orderId: null,
    subscriptionId: null,
    metadata: {},
    createdAt: 0,
    succeededAt: null,
    expiresAt: null,
  }),
);

/** What an app would really be told, were Polar to send this. */
function eventsOf(type: string, observation: Observation): ToldEvent[] {
  const { main } = observation;
  switch (main.kind) {
    case 'order':
      return orderEvents(type, main.row, 'pay_1');
    case 'subscription':
      return subscriptionEvents(type, main.row, undefined);
    case 'refund':
      return refundEvents(main.row);
    case 'grant':
      return grantEvents(observation, undefined);
    case 'other':
      return main.row.kind === 'checkout'
        ? checkoutEvents(main.row.status, 'pay_1')
        : seatEvents(type, main.row.id, main.row.version);
    case 'customer':
    case 'product':
    case 'benefit':
      return [];
  }
}

test('every type of the contract has a sample', () => {
  expect(CONTRACT.filter((type) => !Object.keys(EVENT_TYPES).includes(type))).toEqual([]);
});

test.each(['polar.product.updated', 'polar.warranty.extended', 'polar.x'])('%s has one', (type) =>
  expect(isEventType(type)).toBe(true),
);

test.each([
  '',
  '*',
  'payment.*',
  'payment',
  'payment.succeeded.',
  'payment.refunded',
  'polar',
  'polar.',
  'polar..x',
  'polar.Order',
  `polar.${'x'.repeat(64)}`,
  'constructor',
  'dispute.*',
])('%j has none', (type) => expect(isEventType(type)).toBe(false));

describe.each([...Object.keys(EVENT_TYPES), 'polar.product.updated'])('a sample of %s', (type) => {
  const body = read(type);
  const noun = type.split('.')[0] ?? '';

  test('has the envelope of a real event, and says that it is a test', () => {
    expect(Object.keys(body)).toEqual(['type', 'timestamp', 'data']);
    expect(body).toMatchObject({ type, timestamp: '2026-11-21T10:00:00.000Z' });
    const {
      payment,
      polar,
      endpoint,
      grant,
      fulfilment,
      gift,
      discount,
      next_attempt_at: next,
      ...rest
    } = body.data;
    expect(rest).toEqual({
      id: 'evt_1',
      app: 'quay-live',
      mode: 'live',
      sequence: 0,
      payment_sequence: payment ? 0 : null,
      origin: expect.stringMatching(/^(webhook|api|reconcile|gateway)$/),
      test: true,
    });
    expect(polar === null).toBe(
      type === 'payment.pending' || type === 'grant.fulfilled' || noun === 'endpoint' || noun === 'gift',
    );
    expect(grant === undefined).toBe(!/^grant\.(action_required|fulfilled)$/.test(type));
    expect(fulfilment === undefined).toBe(type !== 'grant.fulfilled');
    expect(gift === undefined).toBe(noun !== 'gift');
    expect(discount === undefined).toBe(noun !== 'discount');
    expect(endpoint === undefined).toBe(noun !== 'endpoint');
    expect(next).toBe(polar?.data['next_payment_attempt_at'] ?? undefined);
    expect(next === undefined).toBe(type !== 'payment.retry_scheduled');
  });

  test('has a payment where a real one has, in its shape', () => {
    const { payment } = body.data;
    if (NOUNS_WITHOUT_PAYMENT.includes(noun)) expect(payment).toBeNull();
    else expect(Object.keys(payment ?? {})).toEqual(PAYMENT_KEYS);
    const verb = type === 'payment.retry_scheduled' ? 'pending' : type.split('.')[1];
    if (noun === 'payment' && verb !== 'updated') expect(payment?.status).toBe(verb);
  });

  test('carries what Polar would have sent for it', () => {
    const { payment, polar } = body.data;
    if (!polar) return;
    if (noun === 'customer') {
      expect(Object.keys(polar.data)).toEqual(['id', 'email', 'deleted_at']);
      expect(polar.data['deleted_at'] === null).toBe(type !== 'customer.deleted');
      return;
    }
    // Of the customer only the id and the address are told, which is less than Polar sends.
    const observed = observePolarEvent(polar.type, body.timestamp, { ...polar.data, customer: undefined });
    if (noun === 'dispute' || noun === 'polar') {
      expect(polar.data).toMatchObject({ id: expect.any(String), created_at: body.timestamp });
      return;
    }
    if (type === 'subscription.ending') {
      // The gateway makes it, when the time has come.
      expect(polar.data).toMatchObject({ status: 'active', cancel_at_period_end: true, ended_at: null });
      expect(Date.parse(String(polar.data['ends_at']))).toBeGreaterThan(NOW);
      return;
    }
    const told = eventsOf(polar.type, observed);
    // That a discount is used up is told by what Polar's order says of it, which is not passed on.
    const shown = noun === 'discount' ? 'payment.succeeded' : type;
    expect(told.map((event) => event.type)).toContain(shown);
    expect(told.find((event) => event.type === shown)?.polarType).toBe(polar.type);
    // One purchase: the payment and Polar's object name the same order.
    const { orderId } = observed.links;
    if (orderId !== null) expect(payment?.order_id).toBe(orderId);
  });
});
