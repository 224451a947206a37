import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { startPayment } from '../start-payment.ts';
import { countOpened } from './checkout-links.rows.ts';
import { readSettings, toPayment } from './link-settings.ts';
import { findLink } from './manage-links.ts';

/**
 * Begins a payment for whoever follows a link, a stranger as at `GET /checkout/:app`, with what the app has said of it. A discount
 * that has ended or is used up is left out, since the visitor cannot correct the link.
 * @throws {Problem} `not_found`, `rate_limited`, and what `startPayment` throws
 */
export async function followLink(
  services: Services,
  app: AppRow,
  { id, email }: { id: string; email: string | undefined },
): Promise<string> {
  const link = await findLink(services, app, id);
  const payment = { ...toPayment(readSettings(link.settings), id), email };
  const open = async (input: typeof payment) => {
    const answer = await startPayment(services, app, input, {
      route: 'GET /checkout/:app/:link',
      key: undefined,
      fingerprint: () => Promise.resolve(''),
      fields: { where: 'query', email: 'email', product: 'link' },
      isPublic: true,
      along: {
        refuse: () => undefined,
        prepare: (begun) => Promise.resolve([countOpened(id, begun.createdAt)]),
      },
      present: (_, url) => url,
    });
    return String(answer.body);
  };
  try {
    return await open(payment);
  } catch (error) {
    const isGone = error instanceof Problem && error.code === 'unknown_discount';
    if (!isGone) throw error;
    return open({ ...payment, discountId: undefined, discountCode: undefined });
  }
}
