import type { Config } from './config.rules.ts';

/* What is wrong with an entry as a whole. Polar would refuse it in the middle of a push. */

interface FieldFault {
  field: string;
  message: string;
}

export function faultsOfPlan(
  name: string,
  plan: Pick<Config['plans'][string], 'every' | 'trial' | 'usage_every'>,
): FieldFault[] {
  return (['trial', 'usage_every'] as const)
    .filter((field) => plan.every === undefined && plan[field] !== undefined)
    .map((field) => ({
      field: `plans.${name}.${field}`,
      message: 'is of a subscription, and without "every" the plan is bought once',
    }));
}

export function faultsOfDiscount(name: string, discount: Config['discounts'][string]): FieldFault[] {
  const { type, basis_points, amounts, duration, duration_in_months, starts_at, ends_at } = discount;
  const isPercentage = type === 'percentage';
  const faults: [field: string, isWrong: boolean, message: string][] = [
    ['basis_points', isPercentage && basis_points === null, 'is missing: 2550 is 25.5 %'],
    ['basis_points', !isPercentage && basis_points !== null, 'is of a discount of the type percentage'],
    ['amounts', !isPercentage && Object.keys(amounts ?? {}).length === 0, 'is missing: { usd: 500 }'],
    ['amounts', isPercentage && amounts !== null, 'is of a discount of the type fixed'],
    ['duration_in_months', duration === 'repeating' && duration_in_months === null, 'is missing'],
    [
      'duration_in_months',
      duration !== 'repeating' && duration_in_months !== null,
      'is of a repeating discount',
    ],
    ['ends_at', starts_at !== null && ends_at !== null && ends_at <= starts_at, 'is not after starts_at'],
  ];
  return faults
    .filter(([, isWrong]) => isWrong)
    .map(([field, , message]) => ({ field: `discounts.${name}.${field}`, message }));
}
