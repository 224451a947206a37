import { A_PERIOD, type Behaviour, changeSubscription, type Step } from './behaviour.ts';

const seat = (body: object): Step => [
  'POST',
  '/v1/customer-seats',
  { subscription_id: '{subscription}', ...body },
];
const NEWCOMER = { email: 'bo@floe-mail.dev' };
const CLAIMED = seat({ ...NEWCOMER, immediate_claim: true });

/** Seats, customers and members. */
export const PEOPLE: readonly Behaviour[] = [
  {
    section: '§1.10',
    what: 'a seat is assigned: no member is announced',
    given: 'team',
    when: seat(NEWCOMER),
    told: ['customer_seat.assigned'],
    afterwards: { grants: [] },
  },
  {
    section: '§1.10',
    what: 'a seat is assigned and claimed at once',
    given: 'team',
    when: CLAIMED,
    told: ['customer_seat.claimed', 'benefit_grant.created', 'customer.state_changed'],
    afterwards: { grants: ['granted'] },
  },
  {
    section: '§1.10',
    what: 'a seat is revoked',
    given: 'team',
    before: [CLAIMED],
    when: ['DELETE', '/v1/customer-seats/{seat}'],
    told: ['customer_seat.revoked', 'benefit_grant.revoked', 'customer.state_changed'],
    afterwards: { grants: ['revoked'] },
  },
  {
    section: '§1.10',
    what: 'one seat more than there are',
    given: 'team',
    before: [CLAIMED, seat({ email: 'cy@floe-mail.dev' }), seat({ email: 'di@floe-mail.dev' })],
    when: seat({ email: 'ed@floe-mail.dev' }),
    told: [],
    refused: [400, 'SeatNotAvailable'],
  },
  {
    section: '§1.10',
    what: 'a second seat for one person',
    given: 'team',
    before: [CLAIMED],
    when: CLAIMED,
    told: [],
    refused: [400, 'SeatAlreadyAssigned'],
  },
  {
    section: '§1.11',
    what: 'a customer is created',
    given: 'organization',
    when: ['POST', '/v1/customers/', { email: 'ada@floe-mail.dev' }],
    told: ['member.created', 'customer.created', 'customer.state_changed'],
    afterwards: { customer: { email_verified: false, type: 'individual' } },
  },
  {
    section: '§1.11',
    what: 'a customer is changed into what it was',
    given: 'customer',
    when: ['PATCH', '/v1/customers/{customer}', {}],
    told: ['customer.updated', 'customer.state_changed'],
  },
  {
    section: '§1.11',
    what: 'a customer with a one-time order is deleted',
    given: 'order',
    when: ['DELETE', '/v1/customers/{customer}'],
    told: ['member.deleted', 'customer.deleted', 'customer.state_changed', 'benefit_grant.revoked'],
    afterwards: { grants: ['revoked'] },
  },
  {
    section: '§1.11',
    what: 'a customer with a subscription is deleted',
    given: 'subscription',
    when: ['DELETE', '/v1/customers/{customer}'],
    told: [
      'member.deleted',
      'customer.deleted',
      'customer.state_changed',
      'subscription.updated',
      'subscription.canceled',
      'subscription.revoked',
      'benefit_grant.revoked',
    ],
    afterwards: { subscription: { status: 'canceled' }, grants: ['revoked'] },
  },
  {
    section: '§1.11',
    what: 'a customer whose subscription is paused is deleted: only billable ones end',
    given: 'subscription',
    before: [changeSubscription({ pause_at_period_end: true }), A_PERIOD],
    when: ['DELETE', '/v1/customers/{customer}'],
    told: ['member.deleted', 'customer.deleted', 'customer.state_changed'],
    afterwards: { subscription: { status: 'paused' } },
  },
  {
    section: '§1.11',
    what: 'a member is added',
    given: 'team',
    when: ['POST', '/v1/customers/{customer}/members', NEWCOMER],
    told: ['member.created'],
  },
];
