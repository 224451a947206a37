import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem, type ProblemCode } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { startPayment } from '../start-payment.ts';
import { countOpened } from './checkout-links.rows.ts';
import { readSettings, toPayment } from './link-settings.ts';
import { findLink } from './manage-links.ts';

/** What a refusal is about that the link can do without. */
const LEFT_OUT: Partial<
  Record<ProblemCode, readonly ('discountId' | 'discountCode' | 'allowDiscountCodes')[]>
> = {
  unknown_discount: ['discountId', 'discountCode'],
  foreign_discount_codes: ['allowDiscountCodes'],
};

/**
 * Begins a payment for whoever follows a link, a stranger as at `GET /checkout/:app`, with what the app has said of it. What does not
 * hold any more is left out, since the visitor cannot correct the link: a discount that has ended or is used up, and codes that can be
 * typed when one of another app's could be, too.
 * @throws {Problem} `not_found`, `rate_limited`, and what `startPayment` throws
 */
export async function followLink(
  services: Services,
  app: AppRow,
  { id, email }: { id: string; email: string | undefined },
): Promise<string> {
  const link = await findLink(services, app, id);
  const payment = { ...toPayment(readSettings(link.settings), id), email };
  const open = async (input: typeof payment): Promise<string> => {
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
  const openWithout = async (input: typeof payment): Promise<string> => {
    try {
      return await open(input);
    } catch (error) {
      const about = error instanceof Problem ? (LEFT_OUT[error.code] ?? []) : [];
      if (about.every((name) => input[name] === undefined)) throw error;
      return openWithout({ ...input, ...Object.fromEntries(about.map((name) => [name, undefined])) });
    }
  };
  return openWithout(payment);
}
