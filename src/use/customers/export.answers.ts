import * as z from 'zod/mini';
import { payment } from '../../base/payment.answers.ts';
import { timestamp } from '../../http/shapes.ts';
import { subscription } from '../../sell/subscriptions/subscriptions.answers.ts';
import { listedGrant } from '../grants/grants.answers.ts';
import { customerDetail, heldEntitlement } from './customers.answers.ts';

/* All that an app holds about one customer. */

const text = z.nullable(z.string());
const time = z.nullable(timestamp);
const keptMetadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const exportedRefund = z.object({
  id: z.string(),
  payment_id: text,
  status: z.string(),
  amount: z.int(),
  currency: z.string(),
  reason: z.string(),
  comment: text,
  metadata: z.nullable(keptMetadata),
  created_at: timestamp,
});

export const exportedGift = z.object({
  id: z.string(),
  payment_id: z.string(),
  side: z.enum(['giver', 'recipient']),
  to_email: text,
  from_name: text,
  message: text,
  claimed_email: text,
  claimed_at: time,
  created_at: timestamp,
});

export const exportedSession = z.object({
  id: z.string(),
  proof: z.string(),
  email: text,
  browser: text,
  payment_id: text,
  external_id: text,
  member_id: text,
  created_at: timestamp,
  expires_at: timestamp,
  revoked_at: time,
});

export const exportedDownload = z.object({
  id: z.string(),
  file_id: z.string(),
  member_id: text,
  created_at: timestamp,
});

export const exportedActivation = z.object({
  id: z.string(),
  license_key_id: z.string(),
  display_key: z.string(),
  what: z.enum(['activated', 'deactivated']),
  created_at: timestamp,
});

export const exportedWork = z.object({
  grant_id: z.string(),
  status: z.string(),
  by: z.string(),
  comment: text,
  created_at: timestamp,
});

export const exportedEvent = z.object({
  id: z.string(),
  type: z.string(),
  occurred_at: timestamp,
  /** As it was told. */
  body: z.record(z.string(), z.unknown()),
});

const { id, customer_ids, external_ids, email, name, created_at, deleted_at } = customerDetail.shape;
export const exportedPerson = z.object({
  id,
  customer_ids,
  external_ids,
  email,
  name,
  created_at,
  deleted_at,
});

export const customerExport = z.object({
  app: z.string(),
  exported_at: timestamp,
  /** What has more than is here, by name; it is read from its list. */
  cut: z.array(z.string()),
  customer: exportedPerson,
  payments: z.array(payment),
  subscriptions: z.array(subscription),
  grants: z.array(listedGrant),
  entitlements: z.array(heldEntitlement),
  refunds: z.array(exportedRefund),
  gifts: z.array(exportedGift),
  sessions: z.array(exportedSession),
  downloads: z.array(exportedDownload),
  license_activations: z.array(exportedActivation),
  fulfilments: z.array(exportedWork),
  events: z.array(exportedEvent),
});
export type CustomerExportView = z.output<typeof customerExport>;
