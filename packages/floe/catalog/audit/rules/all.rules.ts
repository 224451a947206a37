import type { Rule } from '../rule.rules.ts';
import { benefitOpensNothing, benefitUnattached } from './benefits.rules.ts';
import { ownerMetadata, productName } from './names.rules.ts';
import { freeTier, pricingToDiscuss, usdFirst } from './prices.rules.ts';

/** Every rule, as documents list them. */
export const RULES: readonly Rule[] = [
  productName,
  ownerMetadata,
  usdFirst,
  freeTier,
  pricingToDiscuss,
  benefitUnattached,
  benefitOpensNothing,
];
