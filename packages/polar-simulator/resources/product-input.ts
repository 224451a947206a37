/** What a seller may say about a product (facts §11). */

import * as z from 'zod';
import { invalid } from '../http/errors.ts';
import { metadataField, uuidField } from '../http/input.ts';
import { priceField } from './prices.ts';

const interval = z.enum(['day', 'week', 'month', 'year']);
const name = z.string().trim().min(3).max(64);
const visibility = z.enum(['draft', 'private', 'public']);
const trial = {
  trial_interval: interval.nullish(),
  trial_interval_count: z.number().int().min(1).max(1000).nullish(),
};
const count = z.number().int().min(1).max(999);

export const attachedFields = z.array(z.object({ custom_field_id: uuidField, required: z.boolean() }));

export const createBody = z.object({
  name,
  description: z.string().nullish(),
  visibility: visibility.default('public'),
  prices: z.array(priceField).min(1),
  medias: z.array(uuidField).nullish(),
  attached_custom_fields: attachedFields.default([]),
  metadata: metadataField.default({}),
  recurring_interval: interval.nullish(),
  recurring_interval_count: count.nullish(),
  meter_interval: interval.nullish(),
  meter_interval_count: count.nullish(),
  ...trial,
});

export const updateBody = z.object({
  name: name.nullish(),
  description: z.string().nullish(),
  visibility: visibility.nullish(),
  is_archived: z.boolean().nullish(),
  metadata: metadataField.optional(),
  recurring_interval: interval.nullish(),
  recurring_interval_count: count.nullish(),
  medias: z.array(uuidField).nullish(),
  attached_custom_fields: attachedFields.nullish(),
  prices: z.array(z.union([priceField, z.object({ id: uuidField }).strict()])).nullish(),
  ...trial,
});

export const benefitsBody = z.object({ benefits: z.array(uuidField) });

/** Both parts of a trial or neither, and only where something recurs. */
export function checkTrial(
  trialInterval: string | null | undefined,
  trialCount: number | null | undefined,
  isRecurring: boolean,
): void {
  if ((trialInterval == null) !== (trialCount == null)) {
    throw invalid(
      ['body', 'trial_interval_count'],
      'Both trial_interval and trial_interval_count must be set together.',
    );
  }
  if (trialInterval != null && !isRecurring) {
    throw invalid(
      ['body', 'trial_interval'],
      'Trials are only supported on recurring products.',
      trialInterval,
    );
  }
}

const UNITS = { day: ['day', 1], week: ['day', 7], month: ['month', 1], year: ['month', 12] } as const;

/** Meter periods must fill a billing period exactly. */
export function checkMeterInterval(body: z.output<typeof createBody>): void {
  if (body.meter_interval == null) return;
  const loc = ['body', 'meter_interval'];
  if (body.recurring_interval == null) {
    throw invalid(loc, 'Meter intervals are only supported on recurring products.', body.meter_interval);
  }
  const [unit, length] = UNITS[body.meter_interval];
  const [billingUnit, billingLength] = UNITS[body.recurring_interval];
  const part = length * (body.meter_interval_count ?? 1);
  const whole = billingLength * (body.recurring_interval_count ?? 1);
  if (unit !== billingUnit || whole % part !== 0) {
    throw invalid(loc, 'The meter interval must divide the billing interval.', body.meter_interval);
  }
}
