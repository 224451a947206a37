import { describeErrors, Problem } from '../base/problem.ts';
import { type CheckoutOptions, contradictions } from './checkout-options.rules.ts';

/**
 * Refuses options that contradict themselves, by the names of the request's fields.
 * @throws {Problem} `validation_failed`
 */
export function refuseContradictions(
  body: {
    trial_interval?: unknown;
    trial_interval_count?: unknown;
    discount_id?: unknown;
    discount_code?: unknown;
  },
  options: CheckoutOptions,
  productIds: readonly string[],
): void {
  const errors = contradictions(options, productIds);
  if ((body.trial_interval === undefined) !== (body.trial_interval_count === undefined)) {
    const missing = body.trial_interval === undefined ? 'trial_interval' : 'trial_interval_count';
    errors.push({
      path: `body.${missing}`,
      message: 'A trial needs trial_interval and trial_interval_count.',
    });
  }
  if (body.discount_code !== undefined && body.discount_id !== undefined)
    errors.push({ path: 'body.discount_code', message: 'Give discount_code or discount_id, not both.' });
  if (errors.length > 0) throw new Problem('validation_failed', { detail: describeErrors(errors), errors });
}
