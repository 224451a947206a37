import { APPS } from './catalogue.ts';
import type { Evidence } from './judge.ts';

/* Ways to falsify the evidence, one for each thing that must not happen, to see that the judge notices. */

export const SABOTAGES = [
  'payment',
  'invented_payment',
  'grant',
  'lost_delivery',
  'told_twice',
  'forged_bytes',
  'sequence_gap',
  'untold',
  'lost_event',
  'disorder',
  'lost_in_chat',
  'other_words',
] as const;
export type Sabotage = (typeof SABOTAGES)[number];

/** Changes the evidence in one place. */
export function sabotage(what: Sabotage, evidence: Evidence): void {
  const [app] = APPS;
  const payments = evidence.payments[app];
  const events = evidence.events[app];
  const money = events.find(({ type }) => type === 'payment.succeeded');
  switch (what) {
    case 'payment': {
      const paid = payments.find(({ status }) => status === 'succeeded');
      if (paid) paid.refunded_amount += 1;
      return;
    }
    case 'invented_payment': {
      const unpaid = payments.find(({ status }) => status === 'pending');
      if (unpaid) unpaid.status = 'succeeded';
      return;
    }
    case 'grant': {
      const [allowed] = evidence.access[app].values();
      for (const resource of allowed ?? []) allowed?.delete(resource);
      return;
    }
    case 'lost_delivery':
      evidence.heard[app] = evidence.heard[app].filter(({ webhookId }) => webhookId !== money?.id);
      return;
    case 'told_twice':
      if (money) {
        const twin = { ...money, id: `${money.id}x`, sequence: events.length + 1, payment_sequence: 99 };
        events.push(twin);
        evidence.heard[app].push({
          webhookId: twin.id,
          digest: twin.digest,
          app: `${app}-sandbox`,
          isValid: true,
        });
      }
      return;
    case 'forged_bytes': {
      const [heard] = evidence.heard[app];
      if (heard) heard.digest = 'other';
      return;
    }
    case 'sequence_gap':
      for (const event of events) if (event.sequence > events.length / 2) event.sequence += 1;
      return;
    case 'disorder':
      evidence.ordered.arrivals.reverse();
      return;
    case 'lost_in_chat': {
      const [chat] = evidence.places;
      if (chat) chat.arrivals = chat.arrivals.filter(({ webhookId }) => webhookId !== money?.id);
      return;
    }
    case 'other_words':
      for (const { arrivals } of evidence.places) {
        const [first] = arrivals;
        if (first) arrivals.push({ ...first, digest: 'other' });
      }
      return;
    case 'lost_event': {
      const [event] = evidence.acknowledged;
      if (event !== undefined) evidence.kept.delete(event);
      return;
    }
    case 'untold':
      evidence.events[app] = events.filter((event) => event !== money);
      return;
  }
}
