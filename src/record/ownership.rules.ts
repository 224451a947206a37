import { readClaims } from '../polar/product-names.rules.ts';

/** What decides who owns a product: an operator's assignment, what the product says of itself, what is left over. */
export interface OwnershipQuestion {
  assignedAppId: string | null;
  name: string;
  metadata: Record<string, unknown>;
}

export interface OwnershipApp {
  id: string;
  /** The product slug. */
  product: string;
  ownsUnclaimed: boolean;
}

/**
 * The app that owns a product, among the apps of its mode (trust rule 6). Undefined: unowned. Metadata and name that
 * name different apps disagree: unowned, so that a person decides. A claim for an app that does not exist here is unowned too.
 */
export function decideOwner(question: OwnershipQuestion, apps: readonly OwnershipApp[]): string | undefined {
  const assigned = apps.find((app) => app.id === question.assignedAppId);
  if (assigned) return assigned.id;
  const claims = readClaims(question);
  if (claims.length === 0) return apps.find((app) => app.ownsUnclaimed)?.id;
  if (new Set(claims).size > 1) return undefined;
  return apps.find((app) => app.product === claims[0])?.id;
}
