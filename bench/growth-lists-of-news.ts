import { type Line, lines, RANGE } from './growth-lists.ts';

/* The lists of what an app was told, and those of the operator. */

/** With a secret key. */
export const TOLD_LISTS: readonly Line[] = [
  ...lines('events', '/v1/events', '"id":"evt_', {
    type: 'type=payment.succeeded',
    'rare type': 'type=grant.created',
    'type, none': 'type=payment.retry_scheduled',
    payment: 'payment={payment}',
  }),
  ...lines('feed', '/v1/events', '"has_more":true', {
    'from the first on': 'after=0',
    'from the middle on': 'after={n}',
    types: 'after={n}&types=payment.*',
  }).slice(1),
  ...lines('deliveries', '/v1/deliveries', '"id":"dlv_', {
    status: 'status=failed',
    'status, none': 'status=canceled',
    endpoint: 'endpoint=$endpoint',
    'endpoint and status': 'endpoint=$endpoint&status=failed',
    event: 'event={event}',
    type: 'type=payment.succeeded',
    'type, wildcard': 'type=payment.*',
    'rare type': 'type=grant.created',
    'type, none': 'type=payment.failed',
    'type and status': 'type=payment.succeeded&status=failed',
    range: RANGE,
    'range and status': `${RANGE}&status=failed`,
    'range and type': `${RANGE}&type=payment.succeeded`,
  }),
  ...lines('timeline', '/v1/customers/{customer}/timeline', '"type":"', {
    type: 'type=payment.*',
    'type, none': 'type=session.*&created_before=2000-01-01',
    range: 'created_after=2000-01-01',
  }),
  ...lines('timeline, external id', '/v1/customers/external:user-{n}/timeline', '"type":"', {}),
];

/** With the operator's token. */
export const OPERATORS_LISTS: readonly Line[] = [
  ...lines('audit log', '/admin/audit', '"id":"aud_', {
    app: 'app=shop-sandbox',
    target: 'target={payment}',
    actor: 'actor=operator',
    'actor, none': 'actor=schedule',
    action: 'action=subscription.changed',
    'action, none': 'action=product.assigned',
    key: 'key=$key',
    'app and action': 'app=shop-sandbox&action=refund.requested',
    'app and action, none': 'app=shop-sandbox&action=product.assigned',
    range: RANGE,
    'range and action': `${RANGE}&action=subscription.changed`,
  }),
  ...lines('unrouted purchases', '/admin/unrouted', '"kind":"', {
    '': 'mode=sandbox',
    dismissed: 'mode=sandbox&dismissed=true',
    range: `mode=sandbox&${RANGE}`,
    'of the other mode, none': 'mode=live',
  }),
  ...lines('Polar events', '/admin/polar-events', '"id":"pev_', {
    status: 'status=unrouted',
    'status, none': 'status=failed',
    applied: 'status=applied',
    mode: 'mode=sandbox',
    type: 'type=order.paid',
    'type, none': 'type=customer_seat.revoked',
    'status and type': 'status=unrouted&type=order.created',
    'status and type, none': 'status=unrouted&type=customer_seat.revoked',
    range: RANGE,
    'range and type': `${RANGE}&type=order.paid`,
  }),
];
