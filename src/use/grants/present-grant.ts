import type { OwnerKeys } from '../../../packages/kit/product-owners.ts';
import { actionOf, type GrantState, portalUrlOf } from '../../base/grant-states.rules.ts';
import { parseJson } from '../../base/json.rules.ts';
import { readPlanName } from '../../polar/product-names.rules.ts';
import type { FulfilmentView, GrantView } from './grants.answers.ts';
import type { ShownGrant } from './grants.rows.ts';

/** Of the gateway and the app, for links; and by which keys of metadata products name their plan. */
interface Around {
  gatewayUrl: string;
  appSlug: string;
  ownerKeys: OwnerKeys;
}

/**
 * A grant from Polar as the API shows it. Of another app's product or benefit, which a subscription can be moved to, the id
 * is shown and not what it is called (trust rule 7).
 */
export function presentGrant(row: ShownGrant, { gatewayUrl, appSlug, ownerKeys }: Around): GrantView {
  const state: GrantState = row.state ?? 'pending';
  const stated = row.since ?? row.createdAt;
  return {
    id: row.id,
    source: 'polar',
    state,
    since: toIso(
      (state === 'revoked' ? row.revokedAt : state === 'granted' ? row.grantedAt : null) ?? stated,
    ),
    benefit: {
      id: row.benefitId,
      type: row.benefitType || null,
      description: row.isOwnBenefit === 1 ? row.benefitDescription : null,
    },
    product: presentProduct(row, ownerKeys),
    customer: { id: row.customerId, external_id: row.externalId, email: row.email },
    member: row.memberId === null ? null : { id: row.memberId, role: row.memberRole },
    payment_id: row.paymentId,
    order_id: row.orderId,
    subscription_id: row.subscriptionId,
    license_key: row.licenseKeyId === null ? null : { id: row.licenseKeyId, display_key: row.displayKey },
    file_ids: row.fileIds,
    action: actionOf(state, row.benefitType, portalUrlOf(gatewayUrl, appSlug)),
    error:
      row.errorType === null || state === 'granted'
        ? null
        : { type: row.errorType, message: row.errorMessage ?? '', at: toIso(row.errorAt) },
    fulfilment: presentFulfilment(row),
    granted_at: toIso(row.grantedAt),
    revoked_at: toIso(row.revokedAt),
    created_at: toIso(row.createdAt),
  };
}

function presentProduct(
  { productId, productOwner, appId, productName, productMetadata }: ShownGrant,
  ownerKeys: OwnerKeys,
) {
  if (productId === null) return null;
  if (productOwner !== appId || productName === null) return { id: productId, name: null, plan: null };
  const metadata = parseJson(productMetadata ?? '{}') as Record<string, unknown>;
  return { id: productId, name: productName, plan: readPlanName({ name: productName, metadata }, ownerKeys) };
}

function presentFulfilment({ fulfilment, fulfilled }: ShownGrant): FulfilmentView | null {
  if (fulfilment === null) return null;
  if (fulfilled === null) return { status: fulfilment, by: null, comment: null, at: null };
  const [by, comment, at] = parseJson(fulfilled) as [string, string | null, number];
  return { status: fulfilment, by, comment, at: toIso(at) };
}

export function toIso(at: number): string;
export function toIso(at: number | null): string | null;
export function toIso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
