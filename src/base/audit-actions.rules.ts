/** What the audit log says that was done. Its rows are kept for a year, so a name stays what it is. */
export const AUDIT_ACTIONS = [
  'app.created',
  'app.updated',
  'key.created',
  'key.ends',
  'key.revoked',
  'product.assigned',
  'purchase.adopted',
  'purchase.dismissed',
  'endpoint.created',
  'endpoint.updated',
  'endpoint.deleted',
  'endpoint.secret_rotated',
  'endpoint.sent_now',
  'endpoint.failing',
  'endpoint.disabled',
  'delivery.replayed',
  'event.replayed',
  'deliveries.replayed',
  'refund.requested',
  'dispute.accepted',
  'subscription.changed',
  'grant.created',
  'grant.revoked',
  'grant.fulfilment',
  'discount.created',
  'discount.changed',
  'discount.deleted',
  'campaign.created',
  'campaign.changed',
  'campaign.deleted',
  'checkout_link.created',
  'checkout_link.changed',
  'checkout_link.deleted',
  'gift.created',
  'gift.link_renewed',
  'gift.claimed',
  'gift.canceled',
  'customer.prepared',
  'customer.named',
  'customer.unnamed',
  'customer.exported',
  'customer.erased',
  'customer.deleted',
  'license_key.activated',
  'license_key.deactivated',
  'license_key.changed',
  'license_key.revealed',
  'sessions.ended',
  'polar_event.read',
  'polar_event.reapplied',
  'polar_webhook.repaired',
  'reconcile.started',
  'reconcile.canceled',
  'reconcile.drift',
  'doctor.mended',
  'signing_key.withdrawn',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AUDIT_ACTORS = ['operator', 'app', 'gateway', 'schedule'] as const;

/** Who does something that the audit log is to say. */
export interface Doer {
  /** An app is known by the key that it called with; `gateway` and `schedule` are the gateway's own. */
  actor: (typeof AUDIT_ACTORS)[number];
  keyId?: string;
  /** The request by which it is done. */
  requestId?: string;
}

/** The gateway itself, for what nobody asked for. */
export const GATEWAY: Doer = { actor: 'gateway' };
