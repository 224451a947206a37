import type { EventBody } from './judge.ts';

/**
 * What happened, by the event’s content alone: two events with one occurrence have told one thing twice. The gateway has
 * such keys too; these are made again from what receivers see, so that a wrong key shows.
 */
export function occurrenceOf({ type, timestamp, data }: EventBody): string {
  const polar = data.polar?.data ?? {};
  const field = (name: string) => String(polar[name]);
  const changed = polar['modified_at'] ?? polar['created_at'];
  switch (type) {
    case 'payment.pending':
    case 'payment.expired':
      return `${type}:${data.payment?.id}`;
    case 'payment.succeeded':
    case 'subscription.renewed':
    case 'refund.created':
    case 'refund.succeeded':
    case 'refund.failed':
    case 'customer.created':
    case 'customer.deleted':
    case 'subscription.created':
    case 'subscription.revoked':
      return `${type}:${field('id')}`;
    case 'subscription.canceled':
      return `${type}:${field('id')}:${field('canceled_at')}`;
    case 'discount.exhausted':
      return `${type}:${JSON.stringify(data.discount)}`;
    case 'subscription.past_due':
      return `${type}:${field('id')}:${field('past_due_at')}`;
    case 'subscription.active':
    case 'subscription.resumed':
      return `${type}:${field('id')}:${field('current_period_start')}`;
    case 'grant.created':
      return `${type}:${field('id')}:${field('granted_at')}`;
    case 'grant.revoked':
      return `${type}:${field('id')}:${field('revoked_at')}`;
    case 'payment.updated':
    case 'subscription.updated':
    case 'subscription.uncanceled':
    case 'grant.updated':
    case 'grant.renewed':
      return `${type}:${field('id')}:${String(changed)}`;
    default:
      return `${type}:${data.endpoint?.id ?? field('id')}:${timestamp}`;
  }
}
