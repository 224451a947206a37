import { asText, furtherContent, versionOf } from './content.rules.ts';
import { factsOf, type GrantError, isByHand, withoutAddresses } from './grant-facts.rules.ts';
import { stateOf } from '../base/grant-states.rules.ts';
import * as objects from './objects.rules.ts';
import type { Snapshot } from './snapshots.rules.ts';
import { toMilliseconds } from './versions.rules.ts';

/*
 * Polar's objects, column by column. `seen`: when the object was looked at, microseconds. Each throws a `ZodError` or
 * `RangeError` when the object is not what Polar documents.
 */

export function parseGrant(data: unknown, seen: number): Snapshot<'grant'> {
  const grant = objects.grantObject().parse(data);
  const row = {
    id: grant.id,
    benefitId: grant.benefit_id,
    customerId: grant.customer_id,
    memberId: grant.member_id ?? grant.member?.id ?? null,
    memberRole: grant.member?.role ?? null,
    orderId: grant.order_id ?? null,
    subscriptionId: grant.subscription_id ?? null,
    isGranted: grant.is_granted,
    isRevoked: grant.is_revoked,
    grantedAt: toMilliseconds(grant.granted_at),
    revokedAt: toMilliseconds(grant.revoked_at),
    createdAt: toMilliseconds(grant.created_at),
  };
  const error = grant.error ? readError(grant.error) : null;
  // An error that is not there is no content, so that rows from before it was kept have the same digest.
  const content = { ...row, properties: grant.properties, ...(error && { error }) };
  const benefitType = grant.benefit?.type ?? '';
  const facts = factsOf(benefitType, grant.properties);
  const state = stateOf({ ...row, ...facts, errorType: error?.type ?? null });
  const fulfilment = row.isGranted && isByHand(benefitType, grant.benefit?.metadata) ? 'pending' : null;
  return {
    kind: 'grant',
    row: { ...row, ...facts, benefitType, error, state, fulfilment, ...versionOf(grant, seen, content) },
  };
}

function readError(error: {
  type: string;
  message: string;
  timestamp?: string | null | undefined;
}): GrantError {
  return {
    type: error.type.slice(0, 100),
    message: withoutAddresses(error.message),
    at: toMilliseconds(error.timestamp),
  };
}

export function parseProduct(data: unknown, seen: number): Snapshot<'product'> {
  return toProduct(objects.productObject().parse(data), seen);
}

/** A product that was parsed already: whole, or as another object holds it, mostly without prices and benefits. */
export function toProduct(product: objects.ProductObject, seen: number): Snapshot<'product'> {
  const row = {
    id: product.id,
    name: product.name,
    isArchived: product.is_archived,
    isRecurring: product.is_recurring,
    metadata: product.metadata,
  };
  const isWhole = product.prices !== undefined && product.benefits !== undefined;
  // The first sale changes this field without a Polar event and without a new `modified_at`, and it does not change
  // what is sold.
  const { is_deletable: _isDeletable, ...content } = product;
  const data = isWhole ? { ...product } : null;
  return { kind: 'product', row: { ...row, data, ...versionOf(product, seen, isWhole ? content : row) } };
}

export function parseBenefit(data: unknown, seen: number): Snapshot<'benefit'> {
  const benefit = objects.benefitObject().parse(data);
  const row = {
    id: benefit.id,
    type: benefit.type,
    description: benefit.description,
    isDeleted: benefit.is_deleted,
    metadata: benefit.metadata,
  };
  const files = benefit.type === 'downloadables' ? parseFiles(benefit.properties) : null;
  // A benefit of which no files were kept yet is not another one for that.
  const content = files === null ? row : { ...row, files };
  return { kind: 'benefit', row: { ...row, files, ...versionOf(benefit, seen, content) } };
}

/** Null when they are not what Polar documents: the benefit is known all the same. */
function parseFiles(properties: unknown): Record<string, boolean> | null {
  const read = objects.filesOfBenefit().safeParse(properties);
  if (!read.success) return null;
  const { files, archived } = read.data;
  return Object.fromEntries(files.map((id) => [id, archived[id] === true]));
}

export function parseCustomer(data: unknown, seen: number): Snapshot<'customer'> {
  const customer = objects.customerObject().parse(data);
  const row = {
    id: customer.id,
    email: customer.email ?? null,
    name: customer.name ?? null,
    deletedAt: toMilliseconds(customer.deleted_at),
  };
  const createdAt = toMilliseconds(customer.created_at);
  return { kind: 'customer', row: { ...row, createdAt, ...versionOf(customer, seen, row) } };
}

/**
 * A dispute. Of its customer only the id is kept, since all apps of the organization share that object (trust rule 7).
 * `past_due` changes by itself as time passes, so it is no change.
 */
export function parseDispute(data: unknown, seen: number): Snapshot<'other'> {
  const dispute = objects.disputeObject().parse(data);
  const { customer, ...own } = dispute;
  const content = {
    status: dispute.status,
    amount: dispute.amount,
    taxAmount: dispute.tax_amount ?? null,
    currency: dispute.currency,
    reason: dispute.reason ?? null,
    evidenceDueBy: dispute.evidence_due_by ?? null,
    orderId: dispute.order_id,
  };
  const row = {
    kind: 'dispute',
    id: dispute.id,
    status: dispute.status,
    customerId: customer?.id ?? null,
    data: { ...own, customer_id: customer?.id ?? null },
    ...versionOf(dispute, seen, content),
  };
  return { kind: 'other', row };
}

export function parseCheckout(data: unknown, seen: number): Snapshot<'other'> {
  const checkout = objects.checkoutObject().parse(data);
  const { status } = checkout;
  return toOther('checkout', checkout, seen, { status, customerId: checkout.customer_id ?? null });
}

/** Any object with an id, of any kind, of which nothing else is read. */
export function parsePlain(kind: string, data: unknown, seen: number): Snapshot<'other'> {
  const plain = objects.plainObject().parse(data);
  return toOther(kind, plain, seen, {
    status: asText(plain['status']),
    customerId: asText(plain['customer_id']) ?? (kind === 'customer_state' ? plain.id : null),
  });
}

function toOther(
  kind: string,
  object: objects.PlainObject,
  seen: number,
  known: { status: string | null; customerId: string | null },
): Snapshot<'other'> {
  // A customer's state has no version of its own; the time at which it was seen counts.
  const times = kind === 'customer_state' ? {} : object;
  const content = kind === 'seat' || kind === 'member' ? furtherContent(kind, object) : object;
  const row = { kind, id: object.id, ...known, data: object, ...versionOf(times, seen, content) };
  return { kind: 'other', row };
}
