import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type Event = Answer<'GET /v1/events/{id}'>;

/** The lines of an event, without its body. */
export function describeEvent(event: Event): Field[] {
  return saying([
    ['event', event.id],
    ['type', event.type],
    ['sequence', event.sequence],
    ['sequence of its payment', event.payment_sequence],
    ['known from', event.origin],
    ['payment', event.payment_id],
    ['customer', event.customer_id],
    ['happened', second(event.occurred_at)],
    ['told', second(event.created_at)],
  ]);
}
