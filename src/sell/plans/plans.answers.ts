import * as z from 'zod/mini';
import { list } from '../../http/shapes.ts';

/* What the route of plans answers. */

export const plan = z.object({
  product_id: z.string(),
  name: z.string(),
  plan: z.nullable(z.string()),
  level: z.nullable(z.int()),
  recurring_interval: z.nullable(z.string()),
  recurring_interval_count: z.nullable(z.int()),
  is_archived: z.boolean(),
  direction: z.nullable(z.enum(['up', 'down'])),
});

export const planFamily = z.object({
  family: z.nullable(z.string()),
  currency: z.nullable(z.string()),
  plans: z.array(plan),
});
export type PlanFamilyView = z.output<typeof planFamily>;
export const planFamilyList = list(planFamily);
