import type { OwnerKeys } from '../../packages/kit/product-owners.ts';
import { readClaims } from '../polar/product-names.rules.ts';

/** What decides who owns a product: the operator's assignment, else the product's name and metadata. */
export interface OwnershipQuestion {
  assignedAppId: string | null;
  name: string;
  metadata: Record<string, unknown>;
  /** By which keys its metadata names the app; the gateway’s own unless given. */
  ownerKeys?: OwnerKeys | undefined;
}

export interface OwnershipApp {
  id: string;
  /** The product slug. */
  product: string;
  ownsUnclaimed: boolean;
}

/**
 * The app that owns a product, among the apps of its mode (trust rule 6). Undefined: no app owns it. That is so when
 * metadata and name name different apps, so that a person decides, and when they name an app that does not exist.
 */
export function decideOwner(question: OwnershipQuestion, apps: readonly OwnershipApp[]): string | undefined {
  const assigned = apps.find((app) => app.id === question.assignedAppId);
  if (assigned) return assigned.id;
  const claims = readClaims(question, question.ownerKeys);
  if (claims.length === 0) return apps.find((app) => app.ownsUnclaimed)?.id;
  if (new Set(claims).size > 1) return undefined;
  return apps.find((app) => app.product === claims[0])?.id;
}
