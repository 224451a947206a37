import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { TestApp } from '../../harness/harness.ts';
import type { Gateway } from './gateway.ts';

interface Row {
  sequence: number;
  type: string;
  body: string;
}

/** An event's payment, and its address at Polar, which no event has (ADR 46). */
type Payment = { id: string; checkout_url: string | null };

/**
 * Looks after each batch that tells events: the `payment` of each must be what `GET /v1/payments/:id` answers at that point.
 * `onDifference` is given what differs.
 */
export function watchTold(app: TestApp, onDifference: (error: unknown) => void) {
  let gateway: Gateway | undefined;
  let last = 0;
  return {
    attach(opened: Gateway) {
      gateway = opened;
    },
    look: async (): Promise<void> => {
      const { results } = await env.DB.prepare(
        'select sequence, type, body from events where app_id = ? and sequence > ? order by sequence',
      )
        .bind(app.id, last)
        .all<Row>();
      last = results.at(-1)?.sequence ?? last;
      for (const { type, body } of results) {
        const { payment } = (JSON.parse(body) as { data: { payment: Payment | null } }).data;
        if (payment === null || !gateway) continue;
        const { body: shown } = await gateway.call<Payment>('GET', `/v1/payments/${payment.id}`, {
          key: app.secretKey,
        });
        try {
          expect(payment, `the payment of ${type}`).toEqual({ ...shown, checkout_url: null });
        } catch (error) {
          onDifference(error);
        }
      }
    },
  };
}
