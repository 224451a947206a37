import * as z from 'zod/mini';
import { list, timestamp } from '../../http/shapes.ts';
import { appDiscount } from '../discounts/discounts.answers.ts';

/* What the routes of campaigns answer. */

export const campaignRule = z.object({
  discount_id: z.string(),
  product_ids: z.nullable(z.array(z.string())),
});

export const campaign = z.object({
  id: z.string(),
  name: z.string(),
  code: z.string(),
  rules: z.array(campaignRule),
  created_at: timestamp,
  updated_at: timestamp,
});
export type CampaignView = z.output<typeof campaign>;
export const campaignList = list(campaign);

export const campaignRemainingRule = z.object({
  ...campaignRule.shape,
  status: appDiscount.shape.status,
  remaining: z.nullable(z.int()),
});

export const campaignRemaining = z.object({
  id: z.string(),
  code: z.string(),
  remaining: z.nullable(z.int()),
  rules: z.array(campaignRemainingRule),
  as_of: timestamp,
});
export type CampaignRemainingView = z.output<typeof campaignRemaining>;
