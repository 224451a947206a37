import type { Rule } from '../rule.rules.ts';
import { acceptableUse } from './acceptable-use.rules.ts';
import { tokenScopes, webhookElsewhere } from './access.rules.ts';
import { benefitOpensNothing, benefitUnattached } from './benefits.rules.ts';
import { appSlug, ownerMetadata, productName } from './names.rules.ts';
import {
  discountCodes,
  embedHosts,
  paymentsRefused,
  portalPlanChange,
  productUnsold,
  severalSubscriptions,
  trialAbuse,
} from './organization.rules.ts';
import { madeTwice, parity } from './parity.rules.ts';
import { archivedSubscribed, freeTier, priceChange, pricingToDiscuss, usdFirst } from './prices.rules.ts';

/** Every rule, as documents list them. */
export const RULES: readonly Rule[] = [
  productName,
  appSlug,
  ownerMetadata,
  usdFirst,
  freeTier,
  pricingToDiscuss,
  priceChange,
  archivedSubscribed,
  acceptableUse,
  benefitUnattached,
  benefitOpensNothing,
  productUnsold,
  parity,
  madeTwice,
  discountCodes,
  severalSubscriptions,
  portalPlanChange,
  trialAbuse,
  embedHosts,
  paymentsRefused,
  webhookElsewhere,
  tokenScopes,
];
